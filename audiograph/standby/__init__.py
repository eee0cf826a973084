"""A process that stands by, with everything loaded, for the commands that follow.

Most of a short command is spent on starting: Python, libraries, the first touch
of every page of memory. `client` hands a command over, with its folder, its
environment and its three streams; `server` waits, and gives each command to a
`worker` of its own, a fork of it that has rehearsed and does one command. They
find each other at a `meeting` place, where only commands alike in everything
that is decided at a start meet; `letter` is what is said there.

Nothing here knows of sound, and the client imports next to nothing.
"""
