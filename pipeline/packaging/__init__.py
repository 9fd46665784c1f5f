"""Records."""

from pipeline.packaging.building import build
from pipeline.packaging.comparison import compare
from pipeline.packaging.conformity import check
from pipeline.packaging.demo_keys import make_demo_keys
from pipeline.packaging.keys import SigningKey, open_key
from pipeline.packaging.signing import AGENCY_FIELD, OFFICER_FIELD, seal_agency, sign_officer
