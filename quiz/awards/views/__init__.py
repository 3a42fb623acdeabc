"""Pages of awards: tiers, lists, issued awards and certificates for staff; own certificates; public verification."""

from quiz.awards.draws.handing import bp as handing
from quiz.awards.draws.views import bp as draws
from quiz.awards.reveal.views import bp as reveal
from quiz.awards.views import drafting, files, given, manage, nominees, own, verify
from quiz.awards.views.blueprint import bp

__all__ = ["drafting", "files", "given", "manage", "nominees", "own", "verify"]
blueprints = [bp, draws, handing, reveal]
