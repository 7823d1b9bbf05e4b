"""The places in a rendered segment where a reader's own values go.

A segment is rendered once for all its readers; the mail stage puts each reader's values in place
of these marks. They are made of private-use characters, which feeds/clean.py removes from all that
feeds say, so that no headline can pose as one.
"""

ADDRESS = "\ue000address\ue001"  # the address this copy goes to
LEAVE = "\ue000leave\ue001"  # the link that ends the subscription: mailto, or https
PREFERENCES = "\ue000preferences\ue001"  # the link that shows and changes what they get
VIEW = "\ue000view\ue001"  # the link to the issue as a page

ALL = (ADDRESS, LEAVE, PREFERENCES, VIEW)
