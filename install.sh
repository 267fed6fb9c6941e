#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# From a fresh Debian 12 or 13 to a working Whylayer: packages, release build, the plug-in for every
# GIMP here, `whylayer` on PATH, and the proof that GIMP registers it. Run it again to update.
set -euo pipefail
umask 022
here=$(cd "$(dirname "$0")" && pwd)
. "$here/tests/lib/debian.sh"

usage ()
{
  cat << END
usage: ./install.sh [--demo [PHOTO]] [--prefix DIR] [--build DIR] [--yes] [--uninstall]

Installs the Whylayer plug-in for every GIMP found here, and the whylayer command.
As root: for everybody, command under /usr/local. Otherwise: for you, command under ~/.local;
missing Debian packages are then installed with sudo, where there is sudo.

  --demo [PHOTO]  afterwards explain PHOTO (or the sample picture) with GIMP in batch mode, print
                  its five best classes, write whylayer-demo.xcf and whylayer-demo.png here
  --prefix DIR    where the command and the bundled model go
  --build DIR     where to build (default: build/release beside this script)
  --yes           do not ask before installing packages
  --uninstall     remove what an earlier run installed
END
}
say () { printf '%s\n' "$*"; }
die () { printf 'install.sh: %s\n' "$*" >&2; exit 1; }

photo=$here/models/sample/still-life.jpg
build=$here/build/release
demo='' prefix='' yes='' uninstall=''
while [ $# -gt 0 ]; do
  case $1 in
    --demo)
      demo=yes
      if [ $# -gt 1 ] && [ "${2#--}" = "$2" ]; then photo=$2; shift; fi ;;
    --prefix) [ $# -gt 1 ] || { usage >&2; exit 2; }; prefix=$2; shift ;;
    --prefix=*) prefix=${1#*=} ;;
    --build) [ $# -gt 1 ] || { usage >&2; exit 2; }; build=$(realpath -m "$2"); shift ;;
    --yes) yes=yes ;;
    --uninstall) uninstall=yes ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done

if [ "$(id -u)" = 0 ]; then
  everybody=yes; prefix=${prefix:-/usr/local}
else
  everybody=''; prefix=${prefix:-$HOME/.local}
fi
prefix=$(realpath -m "$prefix")
hosts=() # generations of GIMP with the plug-in, the preferred one first
manifest=$prefix/share/whylayer/installed-files
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# --- Packages ---------------------------------------------------------------------------------

# The newest console GIMP of a generation (2 or 3) on PATH, or nothing.
gimp_console ()
{
  local directory program
  local IFS=:
  for directory in $PATH; do
    for program in "$directory"/gimp-console-"$1".*[0-9]; do
      if [ -x "$program" ]; then echo "$program"; fi
    done
  done | sort -V | tail -n 1
}

# What building needs and this machine lacks, one package per line.
wanted_packages ()
{
  missing_packages $build_packages
  local host
  if [ -z "$(gimp_console 2)$(gimp_console 3)" ]; then
    case $(debian_release) in
      12) host=$gimp2_packages ;;
      *) host=$gimp3_packages ;;
    esac
    missing_packages $host
    return
  fi
  # A GIMP that did not come from a package brings its own development files, or cannot be built for.
  if [ -n "$(gimp_console 2)" ] && ! pkg-config --exists gimpui-2.0 2> /dev/null; then
    missing_packages $gimp2_packages
  fi
  if [ -n "$(gimp_console 3)" ] && ! pkg-config --exists gimpui-3.0 2> /dev/null; then
    missing_packages $gimp3_packages
  fi
}

install_packages ()
{
  local packages as_root=()
  packages=$(wanted_packages | sort -u | tr '\n' ' ')
  packages=${packages% }
  [ -n "$packages" ] || return 0
  if [ -z "$everybody" ]; then
    if ! command -v sudo > /dev/null || { ! sudo -n true 2> /dev/null && ! [ -t 0 ]; }; then
      die "these Debian packages are missing and installing them needs root: ask for
  apt-get install $packages"
    fi
    as_root=(sudo)
  fi
  say "Debian packages to install: $packages"
  if [ -t 0 ] && [ -z "$yes" ]; then
    local answer
    read -r -p "Install them with apt-get? [Y/n] " answer
    case $answer in [nN]*) die "nothing was installed" ;; esac
  fi
  "${as_root[@]}" apt-get -q update || say "apt-get update failed; trying with the lists that are here"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends $packages ||
    die "apt-get could not install these packages: $packages"
}

# --- Build and copy ---------------------------------------------------------------------------

build_release ()
{
  local options=(--prefix "$prefix" --buildtype release -Dtests=false)
  if [ -d "$build/meson-info" ]; then options+=(--reconfigure); fi
  say "Building in $build"
  { meson setup "${options[@]}" "$build" "$here" && meson compile -C "$build"; } > "$work/build.log" 2>&1 ||
    { tail -n 30 "$work/build.log" >&2; die "the build failed (the last lines are above)"; }
  DESTDIR=$work/stage meson install -C "$build" --no-rebuild > "$work/install.log" 2>&1 ||
    { tail -n 30 "$work/install.log" >&2; die "staging the build failed (the last lines are above)"; }
}

# Runs Script-Fu in a console GIMP: run_gimp CONSOLE SCHEME. GIMP 2.10 exits with 0 whatever happens,
# so callers look for what the script should have written. Everybody's installation is looked at with
# a configuration of its own, so that root's runs leave nothing in anybody's home.
run_gimp ()
{
  local quit=(-b '(gimp-quit 1)') configuration=()
  case $1 in *-3.*) quit=(--quit) ;; esac
  if [ -n "$everybody" ]; then
    configuration=(GIMP2_DIRECTORY="$work/gimp-2" GIMP3_DIRECTORY="$work/gimp-3" XDG_CACHE_HOME="$work/cache")
  fi
  env "${configuration[@]}" timeout 300 "$1" -i --batch-interpreter=plug-in-script-fu-eval -b "$2" "${quit[@]}" \
    > "$work/gimp.log" 2>&1 < /dev/null || true
}

# A string as Script-Fu reads it.
quoted () { printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"; }

# Where a console GIMP keeps the user's plug-ins.
user_plug_ins ()
{
  run_gimp "$1" "(let ((p (open-output-file \"$work/directory\"))) (display gimp-directory p) (close-output-port p))"
  [ -s "$work/directory" ] || { tail -n 20 "$work/gimp.log" >&2; die "$1 does not start (its last lines are above)"; }
  echo "$(cat "$work/directory")/plug-ins"
}

# Copies one staged folder to its place and adds its files to the manifest: place STAGED TARGET
place ()
{
  local file
  mkdir -p "$2"
  (cd "$1" && find . ! -type d) | sed 's,^\./,,' | while read -r file; do
    mkdir -p "$(dirname "$2/$file")"
    cp -P --remove-destination "$1/$file" "$2/$file"
    say "$2/$file" >> "$work/manifest"
  done
}

# The staged plug-in folder for a generation (2 or 3), or nothing.
staged_plug_in () { find "$work/stage" -type d -path "*/gimp/$1.*/plug-ins/whylayer"; }

install_files ()
{
  local generation console staged target
  : > "$work/manifest"
  for generation in 3 2; do
    console=$(gimp_console $generation)
    [ -n "$console" ] || continue
    staged=$(staged_plug_in $generation)
    if [ -z "$staged" ]; then
      say "Left out $console: its development files (pkg-config gimpui-$generation.0) are missing"
      continue
    fi
    if [ -n "$everybody" ]; then
      target=${staged#"$work/stage"}
    else
      target=$(user_plug_ins "$console")/whylayer
    fi
    place "$staged" "$target"
    say "Plug-in for $(basename "$console"): $target"
    hosts+=("$generation")
  done
  [ ${#hosts[@]} -gt 0 ] || die "the plug-in could not be built for any GIMP here"
  place "$work/stage$prefix" "$prefix"
  say "Command: $prefix/bin/whylayer"
  say "$manifest" >> "$work/manifest"
  remove_installed keep
  mkdir -p "$(dirname "$manifest")"
  cp "$work/manifest" "$manifest"
}

# Removes the files of an earlier installation, except (with `keep`) those of this one.
remove_installed ()
{
  local file directory
  [ -f "$manifest" ] || return 0
  while read -r file; do
    if [ "${1-}" = keep ] && grep -qxF -- "$file" "$work/manifest"; then continue; fi
    rm -f -- "$file"
    directory=$(dirname "$file")
    while [[ $directory == */whylayer* ]] && rmdir -- "$directory" 2> /dev/null; do
      directory=$(dirname "$directory")
    done
  done < "$manifest"
}

# --- Proof ------------------------------------------------------------------------------------

check_registered ()
{
  local generation console
  for generation in "${hosts[@]}"; do
    console=$(gimp_console "$generation")
    # Script-Fu binds every registered procedure, in either GIMP.
    rm -f "$work/registered"
    run_gimp "$console" "(let ((p (open-output-file \"$work/registered\")))
      (write (defined? 'plug-in-whylayer-explain) p) (close-output-port p))"
    case $(cat "$work/registered" 2> /dev/null) in
      1 | "#t") say "$(basename "$console") registers plug-in-whylayer-explain" ;;
      *) tail -n 20 "$work/gimp.log" >&2
         die "$console does not register plug-in-whylayer-explain (its last lines are above)" ;;
    esac
  done
}

run_demo ()
{
  local console dialect=3
  [ -r "$photo" ] || die "the photo $photo cannot be read"
  console=$(gimp_console "${hosts[0]}")
  [ "${hosts[0]}" = 3 ] || dialect=2.10
  say "Explaining $photo with $(basename "$console")"
  rm -f whylayer-demo.xcf whylayer-demo.png
  run_gimp "$console" "(begin (load $(quoted "$here/examples/explain-photo-$dialect.scm"))
    (explain-photo $(quoted "$(realpath "$photo")") $(quoted "$PWD/whylayer-demo.xcf")
                   $(quoted "$PWD/whylayer-demo.png") $(quoted "$work/classes")))"
  if ! [ -s whylayer-demo.xcf ] || ! [ -s whylayer-demo.png ] || ! [ -s "$work/classes" ]; then
    tail -n 20 "$work/gimp.log" >&2
    die "GIMP could not explain $photo (its last lines are above)"
  fi
  awk '{ p = $NF; $NF = ""; printf "  %-28s %5.1f %%\n", $0, 100 * p }' "$work/classes"
  say "Wrote whylayer-demo.xcf (with the heat-map layer) and whylayer-demo.png"
}

# ----------------------------------------------------------------------------------------------

if [ -n "$uninstall" ]; then
  [ -f "$manifest" ] || die "no installation is recorded in $manifest"
  remove_installed
  say "Removed Whylayer from $prefix and from GIMP"
  exit 0
fi
install_packages
[ -n "$(gimp_console 2)$(gimp_console 3)" ] || die "no gimp-console program is on PATH"
build_release
install_files
check_registered
case :$PATH: in
  *":$prefix/bin:"*) ;;
  *) say "$prefix/bin is not on PATH: add it to run the command as whylayer" ;;
esac
say "Done. In GIMP: Filters > Explain > Explain Classification… (restart GIMP if it is open)"
if [ -n "$demo" ]; then run_demo; fi
