"""Forms 文书格式: what a document needs, whether it is complete, and how it is printed.

A form is one file: a TOML head, then its typst template. Knows no database; values come in, PDF bytes go out.
"""

from liuhen.engines.forms.definition import Form, load_form, load_forms
from liuhen.engines.forms.filled import Filled, Signed, lacking
from liuhen.engines.forms.printing import print_document

__all__ = ["Filled", "Form", "Signed", "lacking", "load_form", "load_forms", "print_document"]
