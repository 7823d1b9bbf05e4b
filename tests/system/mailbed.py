"""Postfix and Dovecot on loopback: a mail server that people use, for one test.

`readers.test` is delivered to Dovecot, which refuses whom it does not know: Postfix has accepted
the mail by then, and must send a delivery status notification. `list.test` is delivered into a
Maildir, where the service reads its mail. Sending needs TLS and a login.

Needs root and Debian's packages postfix, dovecot-imapd and dovecot-lmtpd (2.3). Nothing outside
its own folder is written, and nothing is left running.
"""

import imaplib
import shutil
import smtplib
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import trustme

from tests.system.processes import nothing_left_running

HOST = "localhost"
PASSWORD = "a password of loopback"  # noqa: S105
LOGIN = "weekly"  # who may send

# What the list's mail server says of readers, who log in to send: nobody else can be one of them.
_VOUCHES = "Authentication-Results: mx.list.test; spf=pass smtp.mailfrom=readers.test"

_POSTFIX = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
myhostname = mx.list.test
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
recipient_delimiter = +
smtpd_tls_chain_files = {folder}/server.pem
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{sasl}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_sender_restrictions = check_sender_access inline:{{ {{readers.test = PREPEND {vouches}}} }}
virtual_mailbox_domains = list.test, readers.test
virtual_mailbox_maps = inline:{{ {{weekly@list.test = weekly/}}, {{@readers.test = dovecot}} }}
virtual_mailbox_base = {folder}/inbound
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_transport = virtual
transport_maps = inline:{{ {{readers.test = lmtp:inet:127.0.0.1:{lmtp}}} }}
default_transport = error:5.1.2 there is no world outside
relay_transport = $default_transport
notify_classes =
"""

_POSTFIX_SERVICES = """
127.0.0.1:{submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
127.0.0.1:{submissions} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

_DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = required
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.pem
auth_username_format = %Ln
mail_location = maildir:{folder}/mail/%n
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
recipient_delimiter = +
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
  default_fields = home={folder}/mail/%n
}}
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service auth {{
  inet_listener {{
    port = {sasl}
  }}
}}
"""


@dataclass(frozen=True)
class MailBed:
    """The two servers, running."""

    folder: Path
    ports: Mapping[str, int]

    @property
    def authority(self) -> Path:
        """The certificate of the authority that signed theirs; no system trusts it."""
        return self.folder / "authority.pem"

    @property
    def inbound(self) -> Path:
        """The Maildir of weekly@list.test."""
        return self.folder / "inbound" / "weekly"

    @property
    def log(self) -> str:
        """What Postfix says that it did."""
        log = self.folder / "postfix.log"
        return log.read_text(encoding="utf-8") if log.exists() else ""

    @property
    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))

    def mail_of(self, reader: str) -> list[EmailMessage]:
        """What lies in somebody's mailbox, read by IMAP, the oldest first."""
        with imaplib.IMAP4_SSL(HOST, self.ports["imaps"], ssl_context=self._trust) as client:
            client.login(reader, PASSWORD)
            client.select("INBOX", readonly=True)
            _, (numbers,) = client.search(None, "ALL")
            found = []
            for number in numbers.split():
                _, parts = client.fetch(number, "(BODY.PEEK[])")
                assert isinstance(parts[0], tuple)
                found.append(message_from_bytes(parts[0][1], policy=default))
            return found

    def post(self, message: EmailMessage) -> None:
        """Send a message as a mail program does."""
        with smtplib.SMTP(HOST, self.ports["submission"]) as client:
            client.starttls(context=self._trust)
            client.login(LOGIN, PASSWORD)
            client.send_message(message)


@contextmanager
def mail_bed(*readers: str) -> Iterator[MailBed]:
    """Run Postfix and Dovecot, with mailboxes for these readers, until the block ends."""
    assert shutil.which("postfix", path="/usr/sbin"), "postfix is not installed"
    assert shutil.which("dovecot", path="/usr/sbin"), "dovecot is not installed"
    with ExitStack() as stack:
        # Not below pytest's folder: that is private, and too deep for the name of a socket.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mailbed-")))
        stack.enter_context(nothing_left_running(folder))
        bed = MailBed(folder, _free_ports())
        _write(bed, readers)
        stack.callback(_run, folder, "doveadm", "-c", f"{folder}/dovecot.conf", "stop")
        _run(folder, "dovecot", "-c", f"{folder}/dovecot.conf")
        stack.callback(_run, folder, "postfix", "-c", f"{folder}/postfix", "stop")
        _run(folder, "postfix", "-c", f"{folder}/postfix", "start")
        yield bed


def _run(folder: Path, *command: str) -> None:
    # Into a file: servers keep what they are started with, and would keep a pipe open.
    said = folder / "said"
    with said.open("wb") as file:
        ended = subprocess.run(command, stdout=file, stderr=file, check=False, timeout=60)
    assert ended.returncode == 0, (command, said.read_text(encoding="utf-8"))


def _free_ports() -> dict[str, int]:
    names = ("submission", "submissions", "sasl", "lmtp", "imaps")
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in names]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return {n: s.getsockname()[1] for n, s in zip(names, sockets, strict=True)}


def _write(bed: MailBed, readers: tuple[str, ...]) -> None:
    folder = bed.folder
    folder.chmod(0o755)
    for name in ("postfix", "queue", "data", "run", "mail"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    shutil.chown(folder / "mail", "mail", "mail")
    for name in ("", "new", "cur", "tmp"):
        (bed.inbound / name).mkdir(parents=True)
        shutil.chown(bed.inbound / name, "mail", "mail")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(bed.authority)
    authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    owner = (folder / "mail").stat()
    values = {
        "folder": folder,
        "vouches": _VOUCHES,
        "uid": owner.st_uid,
        "gid": owner.st_gid,
        **bed.ports,
    }
    files = {
        "postfix/main.cf": _POSTFIX.format(**values),
        "postfix/master.cf": _POSTFIX_SERVICES.format(**values),
        "dovecot.conf": _DOVECOT.format(**values),
        "users": "".join(f"{name}:{{PLAIN}}{PASSWORD}::::::\n" for name in (LOGIN, *readers)),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "users").chmod(0o644)
