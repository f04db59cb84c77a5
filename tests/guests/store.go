package guests

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Objects of the BCD stores that guests have: of the Windows, and those that every
// store has (Geoff Chappell, BCD Objects; the real stores).
const (
	StoreRoot   = `HKEY_LOCAL_MACHINE\BCD00000000`
	BootManager = "{9dea862c-5cdd-4e70-acc1-f32b344d4795}"
	Loader      = "{5d5b1a34-2c3b-11e0-9c1c-806e6f6e6963}"
	Resume      = "{5d5b1a35-2c3b-11e0-9c1c-806e6f6e6963}"

	MemoryTester   = "{b2721d73-1db4-4c62-bf78-c548a880142d}"
	globalSettings = "{7ea2e1ac-2e61-4728-aaa3-896d9d0a9f0e}"
	debugSettings  = "{4636856e-540f-4170-a130-a84776f4c654}"
	emsSettings    = "{0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}"
	badMemory      = "{5189b25c-5558-4bf2-bca4-289b11bd29e2}"
	loaderSettings = "{6efb52bf-1766-41db-a6b3-0ee5eff72bd7}"
	resumeSettings = "{1afa9c49-16ab-4a5c-901b-212802da9460}"
)

// storeText is the name in descriptions of a store that is made to fit the guest.
const storeText = "nt6-bcd"

// StorePath is where a guest has its BCD store.
func (g *Guest) StorePath() string {
	if g.GPT {
		return `\EFI\Microsoft\Boot\BCD`
	}
	return `\Boot\BCD`
}

// withStores writes the stores of the guest out as text: what they name are its
// disk and partitions, whatever became of them since the description was read.
func (g *Guest) withStores() (*Guest, error) {
	c := g.clone()
	for i := range c.Parts {
		for j := range c.Parts[i].Entries {
			e := &c.Parts[i].Entries[j]
			if e.Kind != Hive || e.Arg != storeText {
				continue
			}
			text, err := g.store(&c.Parts[i])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", e.Path, err)
			}
			e.Reg = text + "\n" + e.Reg
		}
	}
	return c, nil
}

// WithStoreOf gives the guest the store of another one, which names other disks and
// partitions: what a copy of a disk has.
func (g *Guest) WithStoreOf(other *Guest) *Guest {
	number, e := g.Find(0, g.StorePath())
	if g.realStore != "" {
		other, err := other.withRealStore(g.realStore)
		if err != nil {
			panic("guests: " + err.Error())
		}
		c := *e
		c.Reg = other.realReg + strings.TrimPrefix(e.Reg, g.realReg)
		return g.With(number, c)
	}
	text, err := other.store(other.Partition(number))
	if err == nil {
		var base string
		base, err = regText(e.Arg)
		text = base + "\n" + text
	}
	if err != nil {
		panic("guests: " + err.Error())
	}
	c := *e
	c.Arg, c.Reg = "-", text+"\n"+e.Reg
	return g.With(number, c)
}

// store is the text of a BCD store on the partition, for the Windows of the guest:
// the objects and elements that setup puts there.
func (g *Guest) store(system *Partition) (string, error) {
	number, winload := g.Find(0, `\Windows\System32\winload.exe`)
	if winload == nil {
		number, winload = g.Find(0, `\Windows\System32\ntoskrnl.exe`)
	}
	version := "6.1" // where the Windows was taken away
	if winload != nil {
		version = winload.Version
	} else {
		number = slices.MaxFunc(g.Parts, func(a, b Partition) int { return cmp.Compare(a.Size, b.Size) }).Number
	}
	var major, minor, build int
	fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &build)
	s := storeWriter{modern: major*100+minor >= 602, vista: major*100+minor == 600, efi: g.GPT}
	var err error
	if s.system, err = g.device(system); err != nil {
		return "", err
	}
	if s.os, err = g.device(g.Partition(number)); err != nil {
		return "", err
	}
	s.name = nameOf(major, minor, build)
	if s.recovery, err = g.recoveryElements(s.modern); err != nil {
		return "", err
	}
	if s.others, err = g.otherEntries(system, number); err != nil {
		return "", err
	}
	s.settings()
	s.manager()
	s.loaders()
	return s.text.String(), nil
}

// Device is the data of a device element that names the partition, as .reg text:
// 16 bytes 0, kind 6, flags 0, size 48h, 0, then the partition (MBR: start in
// bytes, GPT: GUID), kind of disk 0, style (1 MBR, 0 GPT), the disk (signature or
// GUID), 16 bytes 0. Source: the real stores.
func (g *Guest) Device(number int) string {
	text, err := g.device(g.Partition(number))
	if err != nil {
		panic("guests: " + err.Error())
	}
	return text
}

func (g *Guest) device(p *Partition) (string, error) {
	b := make([]byte, 0x58)
	put := binary.LittleEndian.PutUint32
	put(b[0x10:], 6)
	put(b[0x18:], 0x48)
	if g.GPT {
		for off, text := range map[int]string{0x20: p.GUID, 0x38: g.ID} {
			id, err := diskGUID(text)
			if err != nil {
				return "", fmt.Errorf("partition %d: %w", p.Number, err)
			}
			copy(b[off:], id)
		}
		return "hex:" + hexList(b), nil
	}
	binary.LittleEndian.PutUint64(b[0x20:], uint64(p.Start))
	put(b[0x34:], 1)
	var signature uint32
	if _, err := fmt.Sscanf(g.ID, "%08x", &signature); err != nil {
		return "", fmt.Errorf("%q is no disk signature: %w", g.ID, err)
	}
	put(b[0x38:], signature)
	return "hex:" + hexList(b), nil
}

// diskGUID is a GUID as disks have it: the first three fields little endian.
func diskGUID(text string) ([]byte, error) {
	d, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(d) != 16 {
		return nil, fmt.Errorf("%q is no GUID", text)
	}
	return append([]byte{d[3], d[2], d[1], d[0], d[5], d[4], d[7], d[6]}, d[8:]...), nil
}

// StoreRamdisk is the data of a device element: a ramdisk with the content of a file
// on the partition that Device names. Source: the real stores.
func StoreRamdisk(device, path string) string { return storeRamdisk(device, path, nil) }

// storeRamdisk is StoreRamdisk with the object that says how: its GUID as disks have it.
func storeRamdisk(device, path string, options []byte) string {
	partition, err := hex.DecodeString(strings.ReplaceAll(strings.TrimPrefix(device, "hex:"), ",", ""))
	if err != nil || len(partition) != 0x58 {
		panic("guests: no device: " + device)
	}
	b := make([]byte, 0x8C)
	put := binary.LittleEndian.PutUint32
	copy(b, options)
	put(b[0x14:], 1)
	put(b[0x20:], 3)
	put(b[0x38:], 1)
	put(b[0x40:], 5)
	copy(b[0x44:], partition[0x10:])
	b = append(b, wide(path)...)
	put(b[0x18:], uint32(len(b)-0x10))
	put(b[0x3C:], uint32(len(b)-0x38))
	return "hex:" + hexList(b)
}

// storeWriter makes the text of a store.
type storeWriter struct {
	text               strings.Builder
	system, os, name   string
	recovery           *recovery // nil for none
	others             []entry
	modern, vista, efi bool
}

// element is a line of an object: the number and the data as .reg text.
type element struct{ number, data string }

func (s *storeWriter) object(id, kind string, all ...element) {
	s.text.WriteString(StoreObject(id, kind))
	for _, e := range all {
		s.text.WriteString(StoreElement(id, e.number, e.data))
	}
}

// StoreObject is the .reg text of an object without elements; kind is its type in
// eight hexadecimal digits.
func StoreObject(id, kind string) string {
	return fmt.Sprintf("[%s\\Objects\\%s\\Description]\n\"Type\"=dword:%s\n\n[%s\\Objects\\%s\\Elements]\n\n", StoreRoot, id, kind, StoreRoot, id)
}

// StoreElement is the .reg text of an element; data is as behind the "=".
func StoreElement(id, number, data string) string {
	return fmt.Sprintf("[%s\\Objects\\%s\\Elements\\%s]\n\"Element\"=%s\n\n", StoreRoot, id, number, data)
}

// StoreList is the data of an element that names objects.
func StoreList(ids ...string) string { return regHex(7, multi(ids...)) }

func storeString(s string) string { return `"` + strings.ReplaceAll(s, `\`, `\\`) + `"` }

func storeInteger(n byte) string { return fmt.Sprintf("hex:%02x,00,00,00,00,00,00,00", n) }

const storeYes, storeNo = "hex:01", "hex:00"

func (s *storeWriter) settings() {
	s.object(debugSettings, "20100000", element{"15000011", storeInteger(0)})
	s.object(emsSettings, "20100000", element{"16000020", storeNo})
	s.object(badMemory, "20100000")
	s.object(globalSettings, "20100000", element{"14000006", StoreList(debugSettings, emsSettings, badMemory)})
	s.object(loaderSettings, "20200003", element{"14000006", StoreList(globalSettings)})
	s.object(resumeSettings, "20200004", element{"14000006", StoreList(globalSettings)})
}

func (s *storeWriter) manager() {
	tester := `\boot\memtest.exe`
	if s.efi {
		tester = `\EFI\Microsoft\Boot\memtest.efi`
	}
	s.object(MemoryTester, "10200005", element{"11000001", s.system}, element{"12000002", storeString(tester)},
		element{"12000004", `"Windows Memory Diagnostic"`}, element{"14000006", StoreList(globalSettings)}, element{"1600000b", storeYes})
	all := []element{{"11000001", s.system}, {"12000004", `"Windows Boot Manager"`}, {"12000005", `"en-US"`},
		{"14000006", StoreList(globalSettings)}, {"23000003", `"` + Loader + `"`}, {"23000006", `"` + Resume + `"`},
		{"24000001", StoreList(s.menu()...)}, {"24000010", StoreList(MemoryTester)}, {"25000004", storeInteger(30)}}
	if s.efi {
		all = append(all, element{"12000002", storeString(`\EFI\Microsoft\Boot\bootmgfw.efi`)})
	}
	s.object(BootManager, "10100002", all...)
}

func (s *storeWriter) loaders() {
	ext := ".exe"
	if s.efi {
		ext = ".efi"
	}
	loader := []element{{"11000001", s.os}, {"12000002", storeString(`\Windows\system32\winload` + ext)}, {"12000004", `"` + s.name + `"`},
		{"12000005", `"en-US"`}, {"14000006", StoreList(loaderSettings)}, {"21000001", s.os}, {"22000002", storeString(`\Windows`)},
		{"23000003", `"` + Resume + `"`}, {"25000020", storeInteger(0)}}
	resume := []element{{"11000001", s.os}, {"12000002", storeString(`\Windows\system32\winresume` + ext)}, {"12000004", `"Windows Resume Application"`},
		{"12000005", `"en-US"`}, {"14000006", StoreList(resumeSettings)}, {"21000001", s.os}, {"22000002", storeString(`\hiberfil.sys`)}}
	if s.modern {
		loader = append(loader, element{"250000c2", storeInteger(1)})
		resume = append(resume, element{"25000008", storeInteger(1)})
	}
	if s.vista {
		loader = append(loader, element{"26000010", storeYes})
	}
	if r := s.recovery; r != nil {
		loader = append(loader, r.ofLoader...)
		s.object(Recovery, "10200003", append(r.loader, element{"12000002", storeString(`\windows\system32\winload` + ext)})...)
		s.object(RecoveryOptions, "30000000", r.options...)
	}
	s.object(Loader, "10200003", loader...)
	for _, o := range s.others {
		if o.id == LegacyLoader {
			s.object(o.id, "10300006", element{"11000001", s.system}, element{"12000002", storeString(`\ntldr`)}, element{"12000004", `"Earlier Version of Windows"`})
			continue
		}
		s.object(o.id, "10200003", element{"11000001", o.device}, element{"12000002", storeString(`\Windows\system32\winload` + ext)}, element{"12000004", `"` + o.name + `"`},
			element{"12000005", `"en-US"`}, element{"14000006", StoreList(loaderSettings)}, element{"21000001", o.device}, element{"22000002", storeString(`\Windows`)}, element{"25000020", storeInteger(0)})
	}
	s.object(Resume, "10200004", resume...)
}
