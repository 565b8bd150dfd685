"""Ours, as the measurements need it: people in one group, and a post as bytes."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2

API = "/api/v1"


def gather(folder: Path, port: int, people: int) -> tuple[list[str], int]:
    """*people* in one public group; their tokens, and its topic."""
    tokens = register(folder, people)
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}{API}") as client:
        made = client.post("/groups", json={"name": "Benchmark", "kind": "public"}, headers=bearer(tokens[0]))
        group = made.raise_for_status().json()
        for token in tokens[1:]:
            client.post(f"/groups/{group['id']}/join", headers=bearer(token)).raise_for_status()
    return tokens, group["default_topic_id"]


def register(folder: Path, people: int) -> list[str]:
    """person0, person1 … of the server that has this data folder; their tokens."""
    tokens = []
    console = httpx2.HTTPTransport(uds=str(folder / "admin.sock"))
    with httpx2.Client(transport=console, base_url=f"http://console{API}") as client:
        for number in range(people):
            client.post("/users", json={"username": f"person{number}"}).raise_for_status()
            made = client.post(f"/users/person{number}/tokens", json={"name": "benchmark", "scope": "write"})
            tokens.append(made.raise_for_status().json()["token"])
    return tokens


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def post(topic: int, token: str, text: str) -> bytes:
    """The request that posts *text* in *topic*."""
    body = json.dumps({"text": text}).encode()
    head = f"POST {API}/topics/{topic}/messages HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
