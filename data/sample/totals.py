"""What is real in the sample study: totals with the id of their source; and what was chosen freely.

The ids are those of the project's reference collection of baseline facts (``standards/baselines.yaml``); a test
compares the numbers where the collection is at hand. The script itself runs without it.
"""

from __future__ import annotations

from dataclasses import dataclass

SEED = 20181231
CRS = "EPSG:4547"  # CGCS2000, 3-degree Gauss-Kruger, central meridian 114 E, eastings about 500 000

# --- real totals ------------------------------------------------------------------------------------------------------
HOME_CARE_CENTRES = 95  # zz-home-care-centres-2013
ELDERLY_INSTITUTIONS = 164  # zz-elderly-institutions-2013
ELDERLY_BEDS = 21_163  # zz-elderly-beds-2013
ELDERLY_SHARE_PERCENT = 12.44  # zz-elderly-share-2013 (1.101 million people 60+ in 2013: zz-elderly-pop-2013)
COMMUNITY_HEALTH_INSTITUTIONS = 325  # zz-community-health-2012
TOWNSHIP_HEALTH_CENTRES = 101  # zz-thc-upgraded-2012
VILLAGE_CLINICS = 2_099  # zz-village-clinics-standard-2012
HOSPITALS = 202  # zz-hospitals-2015
HEALTH_BEDS = 76_321  # zz-beds-2015: beds of all institutions; here the hospitals carry all of them
PARKS = 81  # zz-parks
PARK_AREA_HA = 2_431  # zz-park-area
PUBLIC_TOILETS = 966  # zz-toilets
BUILT_UP_KM2 = 456.6  # zz-built-up: the size given to the central city

# --- synthetic counts -------------------------------------------------------------------------------------------------
COMMUNITY_HEALTH_CENTRES = 88  # of the 325; the other 237 are stations
NURSING_HOMES = 8
SPORTS_VENUES = 64
CULTURE_VENUES = 318
MARKETS = 236
FITNESS_SHARE_URBAN = 0.82  # share of communities with a fitness ground
FITNESS_SHARE_RURAL = 0.50
RURAL_ELDERLY_TILT = 1.30  # people 60+ are this many times as frequent in villages as in communities


@dataclass(frozen=True)
class County:
    """One statutory county: real code, name and residents; everything below `residents` is synthetic."""

    code: str  # GB/T 2260
    name: str
    residents: int  # 2018 estimate, column pop2018_est of population_county.csv
    urban_share: float  # of the residents; weighted to zz-urbanisation (71 %)
    subdistricts: int
    townships: int
    communities: int  # one of them in each township's own small town
    villages: int
    town: tuple[float, float, float, float] | None  # county town: easting, northing, km2, turned by degrees
    centres: int  # home-care centres
    homes_urban: int  # elderly-care institutions in urban communities
    homes_townships: int  # townships that have an institution
    homes_villages: int  # further institutions in villages


COUNTIES: tuple[County, ...] = (
    County("410102", "中原区", 1_080_900, 0.95, 12, 0, 95, 34, None, 12, 12, 0, 0),
    County("410103", "二七区", 838_100, 0.94, 14, 1, 85, 20, None, 10, 6, 1, 13),
    County("410104", "管城回族区", 835_700, 0.93, 11, 1, 76, 38, None, 8, 9, 1, 0),
    County("410105", "金水区", 1_764_700, 0.97, 20, 0, 150, 36, None, 18, 16, 0, 0),
    County("410106", "上街区", 144_000, 0.90, 5, 1, 24, 20, (433600.0, 3851900.0, 11.5, 8.0), 24, 2, 1, 0),
    County("410108", "惠济区", 303_500, 0.80, 6, 2, 38, 44, None, 5, 6, 2, 0),
    County("410122", "中牟县", 1_161_600, 0.55, 4, 14, 60, 300, (503500.0, 3843500.0, 17.0, -6.0), 4, 5, 9, 0),
    County("410181", "巩义市", 838_300, 0.50, 5, 15, 42, 300, (406500.0, 3848500.0, 15.0, 24.0), 3, 4, 15, 0),
    County("410182", "荥阳市", 648_700, 0.45, 2, 12, 34, 300, (443800.0, 3850600.0, 13.5, 3.0), 2, 4, 12, 0),
    County("410183", "新密市", 813_100, 0.46, 4, 13, 38, 320, (441500.0, 3822500.0, 14.0, -14.0), 3, 5, 10, 0),
    County("410184", "新郑市", 989_900, 0.55, 3, 12, 50, 300, (477500.0, 3806500.0, 18.0, 11.0), 3, 6, 12, 0),
    County("410185", "登封市", 717_400, 0.44, 5, 11, 35, 350, (410500.0, 3813000.0, 12.5, -19.0), 3, 5, 8, 0),
)
BY_CODE = {county.code: county for county in COUNTIES}
CENTRAL_COUNTIES = ("410102", "410103", "410104", "410105", "410108", "410122")
MODEL_COUNTY = "410106"  # has a centre in every community, so that the sample also shows a clause that is met

RESIDENTS = sum(county.residents for county in COUNTIES)
AGED_60_PLUS = round(RESIDENTS * ELDERLY_SHARE_PERCENT / 100)
