"""nginx with the nchan module beside ours: one worker process, messages in memory, server-sent events."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from running import SERVER_CORE, free_port, pin, stop, wait_until_it_answers

MODULES = [Path("/usr/lib/nginx/modules"), Path("/usr/lib64/nginx/modules"), Path("/usr/share/nginx/modules")]
MODULE = "ngx_nchan_module.so"
HOW_TO_INSTALL = (
    "nginx with nchan is not installed, so it is left out. To have it: apt-get install nginx-light libnginx-mod-nchan"
)
LISTEN, PUBLISH = "/listen", "/publish"
CONFIGURATION = """
load_module {module};
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 20000; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    # nginx would close the publisher's connection after a thousand posts.
    keepalive_requests 1000000;
    server {{
        # As many waiting connects as with ours.
        listen 127.0.0.1:{port} backlog=2048;
        location = /healthz {{ return 200; }}
        location = {publish} {{ nchan_publisher; nchan_channel_id group; }}
        location = {listen} {{
            nchan_subscriber eventsource;
            nchan_channel_id group;
            nchan_subscriber_first_message newest;
        }}
    }}
}}
"""


def nginx() -> str | None:
    """The program; it often stands where only root looks for programs."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def module() -> Path | None:
    return next((folder / MODULE for folder in MODULES if (folder / MODULE).exists()), None)


def is_here() -> bool:
    return nginx() is not None and module() is not None


@contextmanager
def nchan(folder: Path) -> Iterator[tuple[int, int]]:
    """The process id of the worker, which does all the work, and the port. It is stopped after the block."""
    folder.mkdir(exist_ok=True)
    # nginx that was started by root gives its worker to an account of its own.
    folder.chmod(0o755)
    port, config = free_port(), folder / "nginx.conf"
    config.write_text(CONFIGURATION.format(module=module(), folder=folder, port=port, listen=LISTEN, publish=PUBLISH))
    log = folder / "error.log"
    process = subprocess.Popen([str(nginx()), "-p", folder, "-e", log, "-c", config], stderr=subprocess.DEVNULL)
    try:
        pin(process.pid, SERVER_CORE)
        wait_until_it_answers(process, port)
        yield worker_of(process.pid), port
    finally:
        stop(process)


def worker_of(master: int) -> int:
    worker = int(Path(f"/proc/{master}/task/{master}/children").read_text().split()[0])
    pin(worker, SERVER_CORE)
    return worker
