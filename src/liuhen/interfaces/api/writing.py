"""Who may write a document of a form: whoever handles the matter; or, where the form says so, a legal reviewer who does not handle it.

Asked by the pages that offer forms and by the routes that write, so that what is offered can be done and nothing else.
"""

from liuhen.apps.casework.models import Activity, Case, Interruption
from liuhen.apps.casework.queries import officers_on
from liuhen.apps.documents.actions import WRITES
from liuhen.apps.documents.models import Document
from liuhen.apps.evidence.models import Recording
from liuhen.apps.registry.permission import allow
from liuhen.engines.forms import Form
from liuhen.interfaces.api.gate import Asking
from liuhen.kernel.errors import Refused

Subject = Interruption | Recording | Activity | Document | Case


def may_write(asking: Asking, form: Form, subject: Subject) -> bool:
    """Whether this person may begin a document of this form about it."""
    return asking.may(action_of(form, subject), subject) and not _handles(asking, form, subject)


def may_change(asking: Asking, form: Form, row: Document) -> bool:
    """Whether this person may change, lock or replace a document that is there."""
    return asking.may(WRITES[form.writer], row)


def check_write(asking: Asking, form: Form, subject: Subject) -> None:
    """Raises `Refused` where he may not begin it: with a line where the post is lacking, in words where he handles the case himself."""
    allow(asking.by, action_of(form, subject), on=subject, at=asking.at)
    if _handles(asking, form, subject):
        raise Refused(f"承办本案的人不能写本案的{form.title}", do="请由没有承办本案的法制审核人员填写。")


def action_of(form: Form, subject: Subject) -> str:
    """What one must be allowed to do with a thing to write about it."""
    if form.writer or isinstance(subject, Document):
        return WRITES[form.writer]
    if isinstance(subject, Case):
        return "case.write"
    return "recording.annotate" if isinstance(subject, Recording) else "activity.write"


def _handles(asking: Asking, form: Form, subject: Subject) -> bool:
    return bool(form.writer) and isinstance(subject, Case) and asking.officer.pk in officers_on(subject)
