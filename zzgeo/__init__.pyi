from . import accessibility as accessibility
from . import auditing as auditing
from . import batch as batch
from . import crs as crs
from . import errors as errors
from . import fetch as fetch
from . import formats as formats
from . import intake as intake
from . import land as land
from . import layers as layers
from . import network as network
from . import reporting as reporting
from . import rules as rules
from . import served as served
from . import siting as siting
from . import spec as spec
from . import standards as standards
from . import vocabulary as vocabulary
from .accessibility import travel_table as travel_table
from .auditing.comparison import compare as compare
from .auditing.monitor import plan_monitor as plan_monitor
from .auditing.report import AuditReport as AuditReport
from .auditing.run import audit as audit
from .batch.run import run_batch as run_batch
from .crs.metric import metric_crs_for as metric_crs_for
from .crs.metric import parse_datum as parse_datum
from .crs.metric import to_metric as to_metric
from .errors import InputError as InputError
from .errors import Problem as Problem
from .errors import ZzgeoError as ZzgeoError
from .intake.check import Checked as Checked
from .intake.check import check_file as check_file
from .intake.study import Study as Study
from .intake.study import check_study as check_study
from .intake.study import load_study as load_study
from .network import Reach as Reach
from .network import WalkNetwork as WalkNetwork
from .network import dissolved_areas as dissolved_areas
from .network import distance_matrix as distance_matrix
from .network import loose_ends as loose_ends
from .network import nearest as nearest
from .network import radius_distance as radius_distance
from .network import reached_pieces as reached_pieces
from .network import service_areas as service_areas
from .network import snap as snap
from .reporting import coverage_map as coverage_map
from .reporting import offline_map as offline_map
from .reporting import offline_site as offline_site
from .rules.subsidy import subsidies as subsidies
from .served import coverage as coverage
from .standards import Rule as Rule
from .standards import Standard as Standard
from .standards import read_standard as read_standard

__version__: str
__all__: list[str]

def __dir__() -> list[str]: ...
