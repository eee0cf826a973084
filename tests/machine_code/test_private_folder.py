"""The folder of the store: nobody else can have put an entry there, and nobody can swap it."""

import os
import shutil
import stat
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from audiograph.machine_code import private_folder, store
from audiograph.machine_code.private_folder import PrivateFolder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="folders have no modes there")
as_root = pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="needs root, to be another user")
STRANGER = 54_321  # a user
OURS, FOREIGN = b"our code", b"foreign code"


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """The folder of an empty store."""
    monkeypatch.setenv("AUDIOGRAPH_CACHE", str(tmp_path / "cache"))
    store.troubles.clear()
    return tmp_path / "cache" / "kernels"


def planted(folder: Path, mode: int = 0o777) -> Path:
    """A folder of a stranger, with a valid entry."""
    folder.mkdir(parents=True)
    entry = folder / f"k{store.SUFFIX}"
    entry.write_bytes(store._entry("k", FOREIGN))
    folder.chmod(mode)
    if os.geteuid() == 0:
        for path in (entry, folder):
            os.chown(path, STRANGER, STRANGER)
    return folder


@pytest.mark.parametrize("what", ["the folder", "a folder above it", "a link on the way"])
def test_a_folder_that_is_swapped_all_the_time_never_gives_foreign_code(place, tmp_path, what):
    swapped = place.parent if what == "a folder above it" else place
    foreign, aside = tmp_path / "foreign", tmp_path / "aside"
    planted(foreign / "kernels" if what == "a folder above it" else foreign)
    store.write("k", OURS)
    if what == "a link on the way":
        place.rename(tmp_path / "true")
        place.symlink_to(tmp_path / "true")
        foreign = tmp_path / "link"
        foreign.symlink_to(tmp_path / "foreign")
    done = threading.Event()

    def swap() -> None:
        while not done.is_set():
            for one, other in ((swapped, aside), (foreign, swapped), (swapped, foreign), (aside, swapped)):
                one.rename(other)

    thread, found = threading.Thread(target=swap), set()
    turns = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    thread.start()
    try:
        for _ in range(1000):
            store.kept.clear()
            try:
                found.add(store.read("k"))
            except OSError as error:
                found.add(type(error))
    finally:
        sys.setswitchinterval(turns)
        done.set()
        thread.join()
    assert FOREIGN not in found and len(found) > 1  # the swaps were seen


def test_a_folder_that_others_can_rename_in_is_refused_by_name(place, tmp_path, caplog):
    store.write("k", OURS)
    for above, shown in ((place.parent, "cache"), (tmp_path, tmp_path.name)):
        mode = stat.S_IMODE(above.stat().st_mode)
        for wrong in (0o777, 0o757):
            above.chmod(wrong)
            store.kept.clear()
            with pytest.raises(PermissionError) as caught:
                store.read("k")
            assert str(caught.value.strerror) == f"others can change {above}" and shown in str(above)
        store.troubles.clear()
        store.write("other", OURS)
        assert f"others can change {above}; each start compiles again" in caplog.messages[-1]
        above.chmod(0o1777)  # as /tmp: nobody renames what is another's
        store.kept.clear()
        assert store.read("k") == OURS
        above.chmod(mode)


@as_root
def test_what_a_stranger_owns_on_the_way_is_refused(place, tmp_path):
    store.write("k", OURS)
    (tmp_path / "link").symlink_to(place.parent)
    with PrivateFolder(tmp_path / "link" / "kernels") as folder:
        assert folder.names() == [f"k{store.SUFFIX}"]
    os.chown(tmp_path / "link", STRANGER, STRANGER, follow_symlinks=False)
    with pytest.raises(PermissionError, match=r"link"):
        PrivateFolder(tmp_path / "link" / "kernels")
    os.chown(place.parent, STRANGER, STRANGER)
    with pytest.raises(PermissionError, match=r"others can change"):
        PrivateFolder(place)


@pytest.mark.parametrize("target", ["cache", "./cache/../cache", "chain", "ABSOLUTE"])
def test_links_of_the_user_are_followed(place, tmp_path, target):
    store.write("k", OURS)
    (tmp_path / "chain").symlink_to("cache")
    (tmp_path / "link").symlink_to(tmp_path / "cache" if target == "ABSOLUTE" else target)
    with PrivateFolder(tmp_path / "link" / "kernels") as folder:
        assert folder.names() == [f"k{store.SUFFIX}"]


def test_links_in_a_circle_are_an_error(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(NotADirectoryError, match="leads back to itself"):
        PrivateFolder(tmp_path / "a" / "kernels", create=True)


@pytest.mark.parametrize("what", ["link", "pipe", "folder", "others write", "a stranger's"])
def test_an_entry_that_is_no_file_of_the_user_is_not_read(place, tmp_path, what):
    store.write("k", OURS)
    entry = place / f"k{store.SUFFIX}"
    if what == "others write":
        entry.chmod(0o606)
    elif what == "a stranger's":
        if os.geteuid() != 0:
            pytest.skip("needs root, to be another user")
        os.chown(entry, STRANGER, STRANGER)
    else:
        entry.rename(tmp_path / "moved")
        if what == "link":
            entry.symlink_to(tmp_path / "moved")
        elif what == "pipe":
            os.mkfifo(entry)
        else:
            entry.mkdir()
    with pytest.raises(OSError, match=f"{store.SUFFIX}|Too many|Is a directory|others|no file"):
        store.read("k")
    if what != "folder":
        store.write("k", OURS)  # in its place
        assert store.read("k") == OURS


@as_root
@pytest.mark.parametrize("mode", [0o755, 0o555])
def test_a_shared_store_of_root_is_read_by_everybody(monkeypatch, mode):
    """As in the image of a container; the folders above it may only be passed, not read."""
    top = Path(tempfile.mkdtemp())  # pytest's own folders are root's alone
    try:
        monkeypatch.setenv("AUDIOGRAPH_CACHE", str(top / "cache"))
        store.write("k", OURS)
        (top / "cache" / "kernels" / f"k{store.SUFFIX}").chmod(0o444)
        (top / "cache" / "kernels").chmod(mode)
        (top / "cache").chmod(0o711)
        top.chmod(0o711)
        child = os.fork()
        if not child:
            code = 1
            try:
                os.setgid(STRANGER)
                os.setuid(STRANGER)
                store.kept.clear()
                code = 0 if store.read("k") == OURS else 2
                store.write("other", OURS)
                code += 4 * (not store.troubles)
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        shutil.rmtree(top)


def test_a_folder_of_the_users_own_group_is_the_users(place, monkeypatch):
    """Systems with the mask 002 give each user a group of the same name, without other members."""
    import grp
    import pwd

    store.write("k", OURS)
    place.parent.chmod(0o775)
    os.chown(place.parent, -1, os.getgid() or STRANGER) if os.geteuid() == 0 else None
    user, members = pwd.getpwuid(os.getuid()).pw_name, []
    monkeypatch.setattr(grp, "getgrgid", lambda gid: grp.struct_group((user, "x", gid, members)))
    with PrivateFolder(place):
        pass
    members.append("somebody")
    with pytest.raises(PermissionError, match="others can change"):
        PrivateFolder(place)


def test_without_open_folders_paths_are_used(place, monkeypatch):
    """As on Windows."""
    monkeypatch.setattr(private_folder, "POSIX", False)
    store.kept.clear()
    store.write("k", OURS)
    assert store.read("k") == OURS and store.holds("k") and not store.holds("other")
    assert [path.name for path in place.iterdir()] == [f"k{store.SUFFIX}"]
    store.kept.clear()


def test_a_folder_that_a_program_closed_is_opened_again(place):
    """Programs that become daemons close whatever is open."""
    store.write("k", OURS)
    assert store.read("k") == OURS
    os.close(store.kept[place]._handle)
    other = os.open(place.parent.parent, os.O_RDONLY)
    assert store.read("k") == OURS
    os.fstat(other)  # and what got the number stays open
    os.close(other)
