"""A process that stands by in the background, with everything loaded, for the commands that follow.

Most of the time of a short command goes into starting up: Python, libraries,
the first touch of every page of memory. So the `client` hands a command over,
with its folder, environment and open files. The `server` waits for clients; for
each command it has a `worker`, a fork of itself that has warmed up and runs a
single command. They find each other at a `rendezvous`, a socket whose name
depends on everything that is fixed when a process starts. `protocol` is how a
command is sent.

Nothing here knows about sound, and the client imports next to nothing.
"""
