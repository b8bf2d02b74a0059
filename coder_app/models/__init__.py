"""The tables. Importing this package registers them all, the sealed key's too, but does not name it."""

from importlib import import_module

from coder_app.models.alliance import (
    Answers,
    Dyad,
    Import,
    ImportMapping,
    RuptureSettings,
    Sample,
    Score,
    Scoring,
    Sequence,
    TreatmentSession,
)
from coder_app.models.assignment import Assignment, Guess, Reopening, Round, RoundRecording, Submission
from coder_app.models.audit import Audit, AuditHead, AuditPayload
from coder_app.models.base import Base
from coder_app.models.concern import Concern
from coder_app.models.guidance import Guidance
from coder_app.models.import_rows import ImportAnswers, ImportPlace, ImportScore
from coder_app.models.job import Job
from coder_app.models.listening import Listening, Note
from coder_app.models.plan import Plan, Snapshot
from coder_app.models.rating import Rating
from coder_app.models.recording import Mute, Recording, Segment
from coder_app.models.study import InstrumentVersion, Invitation, Membership, Study, TeamMember
from coder_app.models.user import Login, SignInFailure, User

import_module("coder_app.models.key")

__all__ = [
    "Answers",
    "Assignment",
    "Audit",
    "AuditHead",
    "AuditPayload",
    "Base",
    "Concern",
    "Dyad",
    "Guess",
    "Guidance",
    "Import",
    "ImportAnswers",
    "ImportMapping",
    "ImportPlace",
    "ImportScore",
    "InstrumentVersion",
    "Invitation",
    "Job",
    "Listening",
    "Login",
    "Membership",
    "Mute",
    "Note",
    "Plan",
    "Rating",
    "Recording",
    "Reopening",
    "Round",
    "RoundRecording",
    "RuptureSettings",
    "Sample",
    "Score",
    "Scoring",
    "Segment",
    "Sequence",
    "SignInFailure",
    "Snapshot",
    "Study",
    "Submission",
    "TeamMember",
    "TreatmentSession",
    "User",
]
