# SPDX-License-Identifier: Apache-2.0
"""The guests' root file system: an ext4 image of a minimal Debian, made once by mmdebstrap(1)."""
import hashlib

from . import apt, sources, tools

SUITES = ("bookworm", "bookworm-security")

#: The suites run in Python; redprobe is linked with libcap and libkmod; the rest is what checks call.
PACKAGES = ("python3", "python3-pytest", "python3-yaml", "libcap2", "libkmod2", "kmod", "iproute2", "procps",
            "mount", "bubblewrap", "crun")

#: Nobody reads manuals in a guest; without them the image is checked faster.
EXCLUDED = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*")

#: Runs with the tree as $1 and, where the user is not root, inside mmdebstrap's user namespace, so that
#: mke2fs sees the tree's owners. The bind mount leaves out what is mounted below the tree. No trace of
#: the mirror stays.
CUSTOMIZE = """\
set -e
rm -rf "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/*
rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*
rm -rf "$1"/etc/hostname "$1"/etc/resolv.conf "$1"/var/log/*
mkdir "$1"/redproof "$1"/input "$1"/output
for user in rednode:1000 neighbour:1001; do
    name=${user%:*} id=${user#*:}
    echo "$name:*:$id:$id::/home/$name:/bin/bash" >> "$1"/etc/passwd
    echo "$name:x:$id:" >> "$1"/etc/group
    mkdir -m 0755 "$1"/home/$name
    chown $id:$id "$1"/home/$name
done
printf '127.0.0.1 localhost redproof\\n::1 localhost\\n' > "$1"/etc/hosts
image=$(mktemp)
trap 'rm -f "$image"' EXIT
truncate -s 448M "$image"
unshare --mount sh -ec '
    mount --bind "$1" "$1"
    mke2fs -q -F -t ext4 -b 4096 -m 0 -d "$1" "$2"
' mke2fs "$1" "$image"
mv "$image" "$1"/image
"""

RECIPE = hashlib.sha256(repr((SUITES, PACKAGES, EXCLUDED, CUSTOMIZE)).encode()).hexdigest()

#: Name in the cache: another recipe is another image.
FAMILY = "rootfs-"
CACHED_AS = FAMILY + RECIPE[:16]


def _make(work):
    for program in ("mmdebstrap", "mke2fs", "fallocate"):
        tools.find(program)
    image = work / "image.ext4"
    mirror = sources.mirror()
    argv = ["mmdebstrap", "--quiet", "--variant=essential", "--architectures=amd64", "--format=null",
            f"--include={','.join(PACKAGES)}", '--aptopt=APT::Install-Recommends "false"']
    argv += [f"--aptopt={setting.rstrip(';')}" for setting in apt.host_settings()]
    argv += [f"--dpkgopt=path-exclude={pattern}" for pattern in EXCLUDED]
    argv += [f"--customize-hook={CUSTOMIZE}", f"--customize-hook=download /image {image}",
             SUITES[0], "-", "-"]
    tools.run(argv, "make the guests' root file system",
              "check network, mirror and disk; a user who is not root also needs the Debian package uidmap",
              stdin="\n".join(mirror.source(suite) for suite in SUITES))
    tools.run(["fallocate", "--dig-holes", str(image)], "make the image sparse", "check the disk")
    return image, {"recipe": f"sha256:{RECIPE}"}


def image(keep, say, refresh=False):
    """Return the cache Entry of the root file system, made when it is missing.

    keep: cache.Cache. say(text): called with a line of progress. refresh:
    make it anew, and forget those of other recipes.
    """
    def make(work):
        say("making the guests' root file system with mmdebstrap, once; this takes about a minute")
        return _make(work)

    entry = keep.ensure(CACHED_AS, make, refresh)
    if refresh:
        keep.forget_others(CACHED_AS, FAMILY)
    return entry
