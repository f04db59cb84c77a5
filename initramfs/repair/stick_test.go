package repair

import (
	"context"
	"encoding/binary"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/initramfs/step"
)

// labelled is a disk that is all one FAT volume with the label.
func labelled(t *testing.T, label string, folder bool) *blocktest.Mem {
	t.Helper()
	format := fat.Format{Size: 16 << 20, Kind: fs.FAT16, Label: label, Serial: 7}
	head, err := format.Head()
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, format.Size)
	copy(data, head)
	dev := blocktest.NewMem(data, 512)
	if folder {
		v, err := fat.Open(dev)
		if err == nil {
			err = v.Mkdir(StickFolder)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dev
}

// TestStick: the label alone makes no stick of a disk that belongs to the machine.
func TestStick(t *testing.T) {
	usb := &machine.Controller{Bus: machine.USB}
	sata := &machine.Controller{Bus: machine.PCI}
	for _, tt := range []struct {
		name   string
		label  string
		folder bool
		disk   machine.Disk
		with   func(p *inspect.Patient, v *inspect.Volume) []step.Step
		want   bool
	}{
		{"USB", "BOOTMEND", false, machine.Disk{Controller: usb}, nil, true},
		{"removable", "BOOTMEND", false, machine.Disk{Controller: sata, Removable: true}, nil, true},
		{"USB with another label", "DATA", false, machine.Disk{Controller: usb}, nil, false},
		{"fixed disk", "BOOTMEND", false, machine.Disk{Controller: sata}, nil, false},
		{"fixed disk of an unknown controller", "BOOTMEND", false, machine.Disk{}, nil, false},
		{"fixed disk with the folder", "BOOTMEND", true, machine.Disk{Controller: sata}, nil, true},
		{"fixed disk with the folder and another label", "DATA", true, machine.Disk{Controller: sata}, nil, false},
		{"USB disk with a Windows", "BOOTMEND", true, machine.Disk{Controller: usb}, func(p *inspect.Patient, v *inspect.Volume) []step.Step {
			p.Windows = []*inspect.Installation{{Volume: &inspect.Volume{Disk: v.Disk}}}
			return nil
		}, false},
		{"USB disk that is repaired", "BOOTMEND", true, machine.Disk{Controller: usb}, func(p *inspect.Patient, v *inspect.Volume) []step.Step {
			return []step.Step{step.Patch{Disk: v.Disk}}
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.disk.Path = "/dev/sdb"
			m := &machine.Machine{Disks: []machine.Disk{{Path: "/dev/sda", Removable: true}, tt.disk}}
			p, err := inspect.Inspect(context.Background(), m, []inspect.Source{{Path: "/dev/sdb", Dev: labelled(t, tt.label, tt.folder)}})
			if err != nil || len(p.Volumes()) != 1 || p.Volumes()[0].FS == nil {
				t.Fatalf("%d volumes, %v", len(p.Volumes()), err)
			}
			v := p.Volumes()[0]
			var steps []step.Step
			if tt.with != nil {
				steps = tt.with(p, v)
			}
			if got := isStick(p, v, steps); got != tt.want {
				t.Errorf("isStick = %t; want %t", got, tt.want)
			}
			if p.Machine = nil; tt.want && !tt.folder && isStick(p, v, steps) {
				t.Error("a stick of an unknown machine")
			}
		})
	}
}

// TestRescueStick: the partition behind the image of the medium that bootmend was started
// from takes no undo bundle, although it has the label and hangs on USB: a cloud throws
// such a disk away, and the image on it is nobody's to write to.
func TestRescueStick(t *testing.T) {
	const behind = 2048
	part := labelled(t, media.Label, true)
	data := make([]byte, behind*512+part.Size())
	if _, err := part.ReadAt(data[behind*512:], 0); err != nil {
		t.Fatal(err)
	}
	entries := data[0x1BE:]
	entries[0], entries[12] = 0x80, 1 // around the image
	entries[16+4] = 0x0C
	binary.LittleEndian.PutUint32(entries[16+8:], behind)
	binary.LittleEndian.PutUint32(entries[16+12:], uint32(part.Size()/512))
	copy(data[510:], "\x55\xAA")
	descriptor := data[16*2048:]
	m := &machine.Machine{Disks: []machine.Disk{{Path: "/dev/sdb", Removable: true, Controller: &machine.Controller{Bus: machine.USB}}}}
	for label, rescue := range map[string]bool{"": false, media.Label: true} {
		copy(descriptor, "\x01CD001\x01")
		copy(descriptor[40:], label+"\x00")
		p, err := inspect.Inspect(context.Background(), m, []inspect.Source{{Path: "/dev/sdb", Dev: blocktest.NewMem(data, 512)}})
		if err != nil || p.Disks[0].Rescue != rescue {
			t.Fatalf("label %q: %+v, %v", label, p, err)
		}
		sticks := 0
		for _, v := range p.Volumes() {
			if isStick(p, v, nil) {
				sticks++
			}
		}
		if sticks > 0 == rescue {
			t.Errorf("label %q: %d of its volumes take undo bundles", label, sticks)
		}
	}
}
