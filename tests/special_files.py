"""What may lie in the place of a file: FIFOs, sockets, devices, folders, links to them and to nothing."""

import os
import socket

#: How to make each, and how messages call it.
SPECIAL_FILES = {
    'FIFO': 'it is a FIFO, not a regular file',
    'link to a FIFO': 'it is a FIFO, not a regular file',
    'socket': 'it is a socket, not a regular file',
    'link to a device': 'it is a device, not a regular file',
    'folder': 'Is a directory',
    'link to nothing': 'it is a link to .*nothing',
    'link to itself': 'Too many levels of symbolic links',
}


def make_special_file(path, kind):
    """Put one of ``SPECIAL_FILES`` at a path; returns its state, which must stay as it is."""
    target = path.with_name('the-target')
    if kind == 'FIFO':
        os.mkfifo(path)
    elif kind == 'link to a FIFO':
        os.mkfifo(target)
        path.symlink_to(target)
    elif kind == 'socket':
        here = os.getcwd()
        os.chdir(path.parent)  # the path of a socket must be short
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path.name)
        os.chdir(here)
    elif kind == 'link to a device':
        path.symlink_to(os.devnull)
    elif kind == 'folder':
        path.mkdir()
    else:
        path.symlink_to(target if kind == 'link to nothing' else path)
    return state(path)


def state(path):
    """What is at a path, and beside it."""
    found = path.lstat()
    return found.st_mode, found.st_ino, sorted(os.listdir(path.parent))
