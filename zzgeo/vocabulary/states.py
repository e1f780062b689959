"""States of a study in a batch: their ids, and what they are called in Chinese and in English."""

from __future__ import annotations

DONE = "done"

#: {id: (zh, en)}, from what has not begun to what is done.
STATES: dict[str, tuple[str, str]] = {
    "waiting": ("未开始", "not begun"),
    "running": ("进行中", "running"),
    "interrupted": ("被中断", "interrupted"),
    "usage": ("用法错误", "wrong usage"),
    "refused": ("数据被拒绝", "data refused"),
    "environment": ("本机条件不足", "this machine stood in the way"),
    "service": ("网络服务不可用", "a service did not answer"),
    "over-time": ("超时", "over its time"),
    "over-memory": ("内存超限", "over its memory"),
    "killed": ("进程被中止", "its process was ended"),
    "failed": ("失败", "failed"),
    "bug": ("程序错误", "a bug of zzgeo"),
    DONE: ("完成", "done"),
}
