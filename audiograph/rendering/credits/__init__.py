"""Whose sounds a mix is made of, under which licences, and what has to be said of that."""

from audiograph.rendering.credits.credits import Credit, attribution, check, credits, is_due, lacking
from audiograph.rendering.credits.licence import Licence, licence

__all__ = ["Credit", "Licence", "attribution", "check", "credits", "is_due", "lacking", "licence"]
