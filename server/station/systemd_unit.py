"""The service that keeps a station's program running on a machine with systemd."""

from pathlib import Path

from server.station.settings import StationSettings


def systemd_unit(settings: StationSettings, *, program: Path) -> str:
    """For /etc/systemd/system, run as the owner of the settings, which hold the station's token.

    A new start follows any end but that which was asked for; the folder alone is written to, and of the devices only
    sound cards are there.
    """
    file = settings.path.absolute()
    folder = settings.folder.absolute()
    command = " ".join(_word(each) for each in (program.absolute(), "station", "--settings", file, "run"))
    return f"""[Unit]
Description=Loa {_text(settings.station)}
Documentation={_text(settings.server)}
Wants=network-online.target
After=network-online.target sound.target time-sync.target
RequiresMountsFor={_word(folder)}
StartLimitIntervalSec=0

[Service]
ExecStart={command}
User={_text(file.owner())}
SupplementaryGroups=audio
Restart=always
RestartSec=1
TimeoutStopSec=10
OOMScoreAdjust=-500
ReadWritePaths={_word(folder)}
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
DevicePolicy=closed
DeviceAllow=char-alsa rw
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictNamespaces=yes
RestrictRealtime=no
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
LockPersonality=yes
SystemCallArchitectures=native

[Install]
WantedBy=multi-user.target
"""


def _text(text: str) -> str:
    """systemd reads % as a place to fill."""
    return text.replace("%", "%%")


def _word(text: str | Path) -> str:
    """One word, whatever letters it has."""
    escaped = str(text).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{_text(escaped)}"'
