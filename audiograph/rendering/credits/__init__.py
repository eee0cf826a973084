"""The sounds a mix is made of: their licences, and whom to credit for them."""

from audiograph.rendering.credits.credits import Credit, attribution, check, credits, is_due, missing
from audiograph.rendering.credits.licence import Licence, licence

__all__ = ["Credit", "Licence", "attribution", "check", "credits", "is_due", "licence", "missing"]
