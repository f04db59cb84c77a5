package efi

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// Types and subtypes of nodes that mean something here.
const (
	typeMedia       = 0x04
	subHardDrive    = 0x01
	subFile         = 0x04
	subFirmwareFile = 0x06 // a file of the firmware's own volume
	subFirmware     = 0x07 // that volume
	typeEnd         = 0x7F
	subEndAll       = 0xFF

	nodeHead  = 4
	driveNode = 42
)

// Node is one node of a device path.
type Node struct {
	Type, Subtype uint8
	Data          []byte // behind the four bytes of its head
}

// Path is a device path up to its end, which is not among the nodes.
type Path []Node

// ParsePath reads a device path up to its end, and returns what follows. Errors
// wrap ErrDamaged.
func ParsePath(b []byte) (p Path, rest []byte, err error) {
	for off := 0; ; {
		if len(b)-off < nodeHead {
			return nil, nil, fmt.Errorf("%w: device path of %d bytes has no end", ErrDamaged, len(b))
		}
		n := int(le.Uint16(b[off+2:]))
		if n < nodeHead || n > len(b)-off {
			return nil, nil, fmt.Errorf("%w: node at %d of a device path has the length %d", ErrDamaged, off, n)
		}
		if b[off] == typeEnd && b[off+1] == subEndAll {
			if n != nodeHead {
				return nil, nil, fmt.Errorf("%w: the end of a device path has %d bytes", ErrDamaged, n)
			}
			return p, b[off+n:], nil
		}
		p = append(p, Node{b[off], b[off+1], bytes.Clone(b[off+nodeHead : off+n])})
		off += n
	}
}

// Encode gives the path with its end.
func (p Path) Encode() []byte {
	var b []byte
	for _, n := range append(p[:len(p):len(p)], Node{Type: typeEnd, Subtype: subEndAll}) {
		b = append(b, n.Type, n.Subtype)
		b = le.AppendUint16(b, uint16(nodeHead+len(n.Data)))
		b = append(b, n.Data...)
	}
	return b
}

// Kinds of HardDrive.
const (
	FormatMBR = 1
	FormatGPT = 2
)

// HardDrive is the node of a partition. Firmware finds the partition by format,
// signature and number; start and size are for people.
type HardDrive struct {
	Number         uint32
	Start, Sectors uint64   // logical sectors of the disk
	ID             [16]byte // GPT: GUID of the partition; MBR: signature of the disk
	Format         uint8    // FormatMBR, FormatGPT
	IDType         uint8    // 1 signature, 2 GUID
}

// Node is the drive as a node.
func (h HardDrive) Node() Node {
	b := le.AppendUint32(nil, h.Number)
	b = le.AppendUint64(b, h.Start)
	b = le.AppendUint64(b, h.Sectors)
	b = append(b, h.ID[:]...)
	return Node{typeMedia, subHardDrive, append(b, h.Format, h.IDType)}
}

// drive reads the node of a partition.
func (n Node) drive() (h HardDrive, ok bool) {
	if n.Type != typeMedia || n.Subtype != subHardDrive || len(n.Data) != driveNode-nodeHead {
		return h, false
	}
	h = HardDrive{Number: le.Uint32(n.Data), Start: le.Uint64(n.Data[4:]), Sectors: le.Uint64(n.Data[12:]),
		Format: n.Data[36], IDType: n.Data[37]}
	copy(h.ID[:], n.Data[20:])
	return h, true
}

// Drive is the partition that the path names; ok is false where it names none.
func (p Path) Drive() (h HardDrive, ok bool) {
	for _, n := range p {
		if h, ok = n.drive(); ok {
			return h, true
		}
	}
	return h, false
}

// SetDrive is the path with another partition in the place of its own.
func (p Path) SetDrive(h HardDrive) Path {
	all := append(Path(nil), p...)
	for i, n := range all {
		if _, ok := n.drive(); ok {
			all[i] = h.Node()
		}
	}
	return all
}

// FileNode is the node of a file, by a path with backslashes from the root.
func FileNode(path string) Node {
	return Node{typeMedia, subFile, wide(path)}
}

// File is the file that the path names, "" where it names none. Nodes of files
// that follow each other make one path.
func (p Path) File() string {
	file := ""
	for _, n := range p {
		if n.Type == typeMedia && n.Subtype == subFile {
			file = strings.TrimSuffix(file, `\`) + `\` + strings.TrimPrefix(text(n.Data), `\`)
		}
	}
	return file
}

// InFirmware reports whether the path names a program that the firmware itself
// brings along: its set-up, a shell.
func (p Path) InFirmware() bool {
	for _, n := range p {
		if n.Type == typeMedia && (n.Subtype == subFirmware || n.Subtype == subFirmwareFile) {
			return true
		}
	}
	return false
}

// String is the path for people: partition and file in words, other nodes as numbers.
func (p Path) String() string {
	var words []string
	for _, n := range p {
		h, ok := n.drive()
		switch {
		case ok && h.Format == FormatGPT:
			words = append(words, fmt.Sprintf("HD(%d,GPT,%s)", h.Number, bcd.GUID(h.ID).Bare()))
		case ok:
			words = append(words, fmt.Sprintf("HD(%d,MBR,%08x)", h.Number, le.Uint32(h.ID[:])))
		case n.Type == typeMedia && n.Subtype == subFile:
			words = append(words, text(n.Data))
		default:
			words = append(words, fmt.Sprintf("Path(%d,%d,%x)", n.Type, n.Subtype, n.Data))
		}
	}
	return strings.Join(words, "/")
}

// wide is UTF-16LE with NUL.
func wide(s string) []byte {
	var b []byte
	for _, u := range append(utf16.Encode([]rune(s)), 0) {
		b = le.AppendUint16(b, u)
	}
	return b
}

// text is UTF-16LE up to a NUL or the end.
func text(b []byte) string {
	var all []uint16
	for ; len(b) >= 2; b = b[2:] {
		u := le.Uint16(b)
		if u == 0 {
			break
		}
		all = append(all, u)
	}
	return string(utf16.Decode(all))
}
