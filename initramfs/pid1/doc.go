// Package pid1 is the early user space of the rescue image: what runs as
// process 1 between the kernel and the repair engine.
//
// It mounts the kernel's file systems, opens the consoles (screen and first
// serial port; both show everything, either takes keys), compares the unpacked
// image with its manifest, loads modules for the hardware that is there, waits
// until the disks have settled, and then lets the kernel command line or a
// person at the menu decide what to start. The engine is the command bootmend,
// run as a child: whatever happens to it, process 1 is there to say so and to
// offer a shell.
//
// # Options
//
// On the kernel command line, or without "bootmend." in an answer file (package
// answers); the kernel command line goes before, option by option.
//
//	bootmend.mode=     (absent) menu that starts the repair after 10 s
//	                   auto     repair at once
//	                   scan     scan at once, write nothing
//	                   ask      menu that waits for a person
//	                   shell    shell at once
//	bootmend.after=    result   (default) restart after 30 s when all was repaired
//	                            and verified; else the menu, or a shell if the
//	                            engine could not do its work
//	                   menu     the menu, whatever the engine says
//	                   reboot   eject CDs and restart after 10 s, unless that would
//	                            lead back here (see below)
//	                   poweroff switch off after 10 s, whatever it says
//	bootmend.machine=  machine profile, handed to the engine as --machine
//	bootmend.only=     IDs of conditions (or ID:NAME), with commas; may be repeated (repair only)
//	bootmend.except=   the same
//	bootmend.action=   NAME or NAME=ARGUMENT, handed to the engine as --action:
//	                   the repair does that and nothing else; may be repeated
//	bootmend.drivers=  a path that driver packages are taken from as well, such as
//	                   /dev/sr1; may be repeated
//	bootmend.report=   disk, serial, usb, http://..., https://..., with commas; may
//	                   be repeated (package deliver)
//	bootmend.net=      dhcp: load the drivers of network cards and ask for an
//	                   address; a report or answer file with an URL means that, too
//	bootmend.answers=  http://..., https://... or a path: the answer file
//	bootmend.ssh=      keys of people who may come in by SSH: the base64 part of a
//	                   public key, or more of package remote's forms, with commas;
//	                   may be repeated. Needs the network (bootmend.net=dhcp);
//	                   keys in the image (mkrescue --ssh-key) need nothing else
//	bootmend.bitlocker-key=  recovery keys (48 digits in eight groups; ID:KEY for the
//	                   one of that ID) of volumes to unlock, with commas; may be
//	                   repeated. No message of ours shows one, but the kernel's log
//	                   has its command line: an answer file is the better place
//	bootmend.exit=     isa-debug[:PORT] writes the engine's exit code to QEMU's
//	                   isa-debug-exit (0xf4) before the machine goes; pvpanic[:PORT]
//	                   raises a panic event (0x505) unless the exit code is 0.
//	                   Secure Boot closes both; machines that are not QEMU's are left
//	                   alone
//	MODULE.PARAM=      parameter of a kernel module, as modprobe(8) takes it
//
// What is not understood is told and ignored, and the machine comes up. But where
// it narrows what may be repaired (mode, machine, only, except, action, or what looks
// like one of these misspelt; an answer file that was named or found and cannot be read,
// or has an option that there is not, or names another one, or of which a part is left out;
// a failure while one was looked for), what starts without a person is a scan: ignoring it could write more
// than was meant.
//
// bootmend.after counts for what starts without a person; after a choice in the
// menu the menu comes back. Any key stops its countdown and shows the menu.
//
// The untouched path is: menu, after 10 s the repair, its summary; when everything
// was repaired and verified, 30 s later the CD is ejected and the machine restarts.
// Floppies and USB sticks cannot be ejected; the person is told to take them out. A
// machine that starts the rescue again all the same finds a healthy disk with an undo
// bundle of the last hour on it, says so, and waits at the menu, or with
// bootmend.after=reboot switches off: nothing is repaired or restarted in circles, and
// nothing is written to know it.
//
// What cannot be repaired is not restarted in circles either. With bootmend.after=reboot
// the machine restarts when all was repaired, when nothing is wrong, and after a scan that
// was asked for. When something is left it restarts once an hour at most: the undo bundle
// of a repair that mended something else tells the next start of it, or a variable of
// UEFI firmware (BootmendRestart, deleted when it has served). A BIOS keeps nothing; there
// the machine is switched off at once, and so is one that was restarted already.
//
// # Write protection
//
// Every disk, and its partitions, is write-protected in the kernel as soon as it turns
// up (package block/protection). Package repair lifts that while it writes a disk,
// mount-windows --rw while a volume is mounted, and "bootmend protect --off" until the
// shell is left. Floppies and CDs are not protected.
//
// # Ctrl-Alt-Del and switching off
//
// The kernel hands Ctrl-Alt-Del to process 1. Like every restart it ends all
// processes and then waits, however long it takes, until none has a disk open for
// writing. The engine ends its work at that signal until it begins to write; what it
// has begun to write it finishes.
//
// # Messages
//
// Lines that programs may look for, on every console:
//
//	bootmend: init: engine starts: ARGUMENTS [t=SECONDS]
//	bootmend: init: engine done [t=SECONDS]
//	bootmend: engine exit code N
//
// SECONDS since the start of the kernel, two decimals; N is the engine's exit
// code, or 128 + signal, or 127 if it was not started (no such program, or the
// image is incomplete).
//
// The menu is the full-screen interface, bootmend console, which gets all terminals
// and says by its exit code what the person chose; while it runs, modules are loaded
// for what is attached. Where it cannot run, there is a menu of plain text.
//
// Not supported: more than one serial port, addresses by hand, job control across
// consoles, hot-plugged hardware while the engine or a shell runs (the shell's
// modprobe does that).
package pid1
