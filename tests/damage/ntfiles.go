package damage

import (
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/tests/guests"
)

// Files of NT 4 to Server 2003 are replaced by nothing, by nothing that runs, or
// by what belongs to another Windows.

// What these damages touch.
var (
	menuFile    = []Place{"boot.ini or freeldr.ini"}
	wholeMenu   = []Place{menuFile[0], MenuSwitches}
	loaderFile  = []Place{"ntldr or freeldr.sys"}
	detectFile  = []Place{"ntdetect.com"}
	systemFiles = []Place{"system files"}
	portFiles   = []Place{"scsiport.sys"}

	// keepsCopies is the guest on which most of them can be repaired.
	keepsCopies = []string{"winxp-sources"}
)

// hollow makes files empty.
func hollow(paths ...string) func(*guests.Guest) *guests.Guest {
	return content("", paths...)
}

// content gives files other content.
func content(data string, paths ...string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		for _, path := range paths {
			n, e := g.Find(0, path)
			g = g.Without(path).With(n, guests.Entry{Kind: guests.File, Path: e.Path, Data: []byte(data)})
		}
		return g
	}
}

// pe puts a stand-in program in the place of a file or beside the others, on the
// partition that Windows is on.
func pe(path, arch, version, original string, imports ...string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		n, old := g.Find(0, path)
		if old != nil {
			g = g.Without(path)
		} else {
			n, _ = g.SystemHive()
		}
		return g.With(n, guests.Entry{Kind: guests.PE, Path: path, Arg: arch, Version: version, Original: original, Imports: imports})
	}
}

// noProgram is the content of a file that is there and says nothing.
var noProgram = strings.Repeat("\x00", 8192)

// rollup is Update Rollup 1 for Windows 2000 SP4 in its first edition, and what of
// the files it replaced is still there.
func rollup(more ...func(*guests.Guest) *guests.Guest) func(*guests.Guest) *guests.Guest {
	bad := []func(*guests.Guest) *guests.Guest{
		port(`$root\system32\drivers\scsiport.sys`, "5.0.2195.7017"),
		port(`$root\system32\dllcache\scsiport.sys`, "5.0.2195.7017"),
	}
	return both(append(bad, more...)...)
}

// port is a copy of scsiport.sys of some version; $root is the folder of Windows.
func port(path, version string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		_, e := g.SystemHive()
		root, _, _ := strings.Cut(strings.ToLower(e.Path), `\system32`)
		return pe(strings.ReplaceAll(path, "$root", strings.ToUpper(root)), "x86", version, "")(g)
	}
}

// compressed lets ntfs-3g store \ntldr compressed: moved through a folder whose
// new files are. There has to be enough of it to compress.
func compressed(t target) error {
	p, _ := systemPartition(t.guest)
	return InNTFS(t.image, p, compressLoader)
}

const compressLoader = `
mkdir zip && setfattr -h -v 0x00000810 -n system.ntfs_attrib_be zip
{ cat ntldr; head -c 200000 /dev/zero | tr '\0' 'x'; } > zip/ntldr
rm ntldr && mv zip/ntldr ntldr && rmdir zip
getfattr -h -e hex -n system.ntfs_attrib_be ntldr | grep -q 0x00000800 || getfattr -h -e hex -n system.ntfs_attrib_be ntldr | grep -q 0x00000820
`

// reactosCab is what a disc of ReactOS has all of it in, copied to the disk.
func reactosCab(version string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		return g.With(g.Parts[0].Number, guests.Entry{Kind: guests.Cab, Path: `\reactos.cab`, Arg: "x86 ntoskrnl.exe hal.dll uniata.sys", Version: version})
	}
}

// startUniATA gives the one storage driver of ReactOS another Start value.
func startUniATA(start int) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		return systemReg(g, fmt.Sprintf("[$\\Services\\UniATA]\n\"Start\"=dword:%08x\n", start))
	}
}
