package bcd

import (
	"bytes"
	"errors"
	"fmt"
)

// ErrVariable: the data is no copy of a boot entry.
var ErrVariable = errors.New("no boot entry of the firmware")

// Variable is the store's copy of a boot entry (Boot####) of the firmware, which
// the boot manager and firmware applications have in their description.
//
// Layout, from the real stores: u32 version 1, u32 length, u32 number, u32
// attributes, u32 offset of the name, u32 offset of the path, u32 length of the optional
// data, which follows; name: UTF-16LE with NUL; path: u32 version 1, u32
// length, u32 type 4, then the nodes of an EFI device path.
type Variable struct {
	Number     uint32 // Boot####
	Attributes uint32 // bit 0: active
	Name       string
	Data       []byte // optional data
	Path       []byte // EFI device path
}

const (
	variableHead = 28
	variablePath = 12 // version, length and type before the nodes
	pathOfEFI    = 4
	nodeHead     = 4
	hardDrive    = 42 // length of the node of a partition
)

// ParseVariable reads the copy of a boot entry. Errors wrap ErrVariable.
func ParseVariable(b []byte) (Variable, error) {
	path, err := variableNodes(b)
	if err != nil {
		return Variable{}, err
	}
	v := Variable{Number: le.Uint32(b[8:]), Attributes: le.Uint32(b[12:]), Path: bytes.Clone(path)}
	name, n := le.Uint32(b[16:]), le.Uint32(b[24:])
	if int64(variableHead)+int64(n) > int64(len(b)) || int64(name) > int64(len(b)) {
		return v, fmt.Errorf("%w: name or data are beyond its end", ErrVariable)
	}
	v.Data, v.Name = bytes.Clone(b[variableHead:][:n]), widePath(b[name:])
	return v, nil
}

// variableNodes is the device path inside, in place.
func variableNodes(b []byte) ([]byte, error) {
	if len(b) < variableHead || le.Uint32(b) != 1 || int64(le.Uint32(b[4:])) != int64(len(b)) {
		return nil, fmt.Errorf("%w: %d bytes with a head that says otherwise", ErrVariable, len(b))
	}
	at := int64(le.Uint32(b[20:]))
	if at+variablePath > int64(len(b)) {
		return nil, fmt.Errorf("%w: the path at %#x is beyond its end", ErrVariable, at)
	}
	p := b[at:]
	size := int64(le.Uint32(p[4:]))
	if le.Uint32(p) != 1 || le.Uint32(p[8:]) != pathOfEFI || size < variablePath || size > int64(len(p)) {
		return nil, fmt.Errorf("%w: the path at %#x is no device path", ErrVariable, at)
	}
	return p[variablePath:size], nil
}

// eachPartition calls visit for the nodes of partitions of a device path (type
// 4, subtype 1), 42 bytes each, in place.
func eachPartition(nodes []byte, visit func(node []byte)) {
	for len(nodes) >= nodeHead {
		n := int(le.Uint16(nodes[2:]))
		if n < nodeHead || n > len(nodes) {
			return
		}
		if nodes[0] == 4 && nodes[1] == 1 && n == hardDrive {
			visit(nodes[:n])
		}
		nodes = nodes[n:]
	}
}

// Partitions are the partitions of the device path. Disk GUIDs are not in it and
// zero here. Offsets count sectors of 512 bytes, which is what all but 4Kn disks have.
func (v Variable) Partitions() []Identity {
	var all []Identity
	eachPartition(v.Path, func(node []byte) {
		if id, ok := nodeIdentity(node); ok {
			all = append(all, id)
		}
	})
	return all
}

// nodeIdentity reads a partition's node: u32 number, u64 start, u64 sectors, 16
// bytes of signature, u8 format (1 MBR, 2 GPT), u8 kind of signature (1 MBR, 2
// GUID).
func nodeIdentity(node []byte) (Identity, bool) {
	switch {
	case node[40] == 2 && node[41] == 2:
		return Identity{Style: StyleGPT, Partition: GUID(node[24:40])}, true
	case node[40] == 1 && node[41] == 1:
		return MBRIdentity(le.Uint32(node[24:]), le.Uint64(node[8:])*512), true
	}
	return Identity{}, false
}

// renameVariable replaces identities in the copy of a boot entry. What cannot be said in
// a node stays as it is: Windows writes the copy anew from what the firmware has.
func renameVariable(b []byte, identities map[Identity]Identity) []byte {
	now := bytes.Clone(b)
	nodes, err := variableNodes(now)
	if err != nil {
		return b
	}
	eachPartition(nodes, func(node []byte) {
		have, ok := nodeIdentity(node)
		if !ok {
			return
		}
		if to, ok := entryTarget(have, identities); ok {
			setNode(node, to)
		}
	})
	return now
}

// entryTarget is what a boot entry's partition becomes. An entry does not name the
// disk: where that leaves a choice there is none.
func entryTarget(have Identity, identities map[Identity]Identity) (target Identity, ok bool) {
	for from, to := range identities {
		from.Disk, to.Disk = GUID{}, GUID{}
		if from != have || from.Style != to.Style {
			continue
		}
		if ok && target != to {
			return Identity{}, false
		}
		target, ok = to, true
	}
	return target, ok
}

func setNode(node []byte, to Identity) {
	switch {
	case to.Style == StyleGPT:
		copy(node[24:40], to.Partition[:])
	case to.Offset%512 == 0:
		le.PutUint64(node[8:], to.Offset/512)
		le.PutUint32(node[24:], to.Signature)
	}
}
