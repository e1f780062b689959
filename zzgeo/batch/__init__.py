"""Many studies: a plan, workers that audit one study after the other, and a ledger of what came of each."""
