//go:build !lean

package sh

// Motd is what a person sees who comes to the shell: the commands that people
// need. The command help shows it again.
const Motd = `
  The shell of bootmend. What people need:

    bootmend scan          look at the disks and say what is wrong; writes nothing
    bootmend explain 7B    what makes a stop code or message, and whether it is so
    bootmend repair        repair what was found, after showing it and asking
    bootmend undo          take the last repair back
    mount-windows          the volumes of Windows below /mnt/c, ..., read-only
                           (umount-windows; floppies, CDs, sticks: mount-media)
    copy-out FILE WHERE    to another machine by SSH: WHERE is anna@10.0.0.5:folder/
    nano FILE, ls, cp, dd  and many others: press Tab twice for a list

  bootmend fs, hive, bcd, part, drv look at single things and change them, with
  proof and undo. dhcp asks for a network address. help shows this again; exit
  goes back.

`
