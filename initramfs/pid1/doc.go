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
// # Kernel command line
//
//	bootmend.mode=     (absent) menu that starts the repair after 10 s
//	                   auto     repair at once
//	                   scan     scan at once, write nothing
//	                   ask      menu that waits for a person
//	                   shell    shell at once
//	bootmend.after=    menu     (default) when the engine is done: the menu, or
//	                            a shell if the engine could not do its work
//	                   reboot   eject CDs and restart, whatever the engine says
//	                   poweroff switch off, whatever the engine says
//	bootmend.machine=  handed to the engine as --machine
//	bootmend.only=     handed to the engine as --only (repair only)
//	bootmend.except=   handed to the engine as --except (repair only)
//	bootmend.action=   NAME or NAME=ARGUMENT, handed to the engine as --action:
//	                   the repair does that and nothing else; may be repeated
//	MODULE.PARAM=      parameter of a kernel module, as modprobe(8) takes it
//
// bootmend.after counts for what starts without a person; after a choice in
// the menu the menu comes back.
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
// Not supported: more than one serial port, network, job control across
// consoles, hot-plugged hardware after the menu is shown (the shell's modprobe
// does that).
package pid1
