package iso9660

import (
	"encoding/binary"
	"io"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// Sectors of the image that newImage makes.
const (
	atPrimary = 16 + iota
	atJoliet
	atEnd
	_
	atRoot // two sectors
	_
	atSub
	atDeep
	atJolietRoot
	atJolietSub
	atMoved
	atMore // continuation area
	atData
	imageSectors = atData + 8
)

// image is a disc under construction.
type image struct{ b []byte }

func both16(b []byte, v uint16) {
	binary.LittleEndian.PutUint16(b, v)
	binary.BigEndian.PutUint16(b[2:], v)
}

func both32(b []byte, v uint32) {
	binary.LittleEndian.PutUint32(b, v)
	binary.BigEndian.PutUint32(b[4:], v)
}

// rec is a directory record, of 2003-07-04 12:30:15 two hours east.
func rec(id string, sector, size uint32, flags byte, use string) []byte {
	n := recordFixed + len(id)
	n += n % 2
	b := make([]byte, n+len(use)+len(use)%2)
	b[0] = byte(len(b))
	both32(b[2:], sector)
	both32(b[10:], size)
	copy(b[18:], "\x67\x07\x04\x0c\x1e\x0f\x08")
	b[25] = flags
	both16(b[28:], 1)
	b[32] = byte(len(id))
	copy(b[33:], id)
	copy(b[n:], use)
	return b
}

func (m *image) sector(n int) []byte { return m.b[n*sectorSize : (n+1)*sectorSize] }

// dir writes a directory of one sector.
func (m *image) dir(at, parent int, use string, records ...[]byte) {
	all := append([][]byte{rec("\x00", uint32(at), sectorSize, flagDirectory, use), rec("\x01", uint32(parent), sectorSize, flagDirectory, "")}, records...)
	b := m.sector(at)
	clear(b)
	for _, r := range all {
		b = b[copy(b, r):]
	}
}

func (m *image) descriptor(at int, typ byte, root int, size uint32) {
	b := m.sector(at)
	copy(b[1:], "CD001\x01")
	b[0] = typ
	both32(b[80:], imageSectors)
	both16(b[120:], 1)
	both16(b[124:], 1)
	both16(b[128:], sectorSize)
	copy(b[156:], rec("\x00", uint32(root), size, flagDirectory, ""))
}

func ucs2(s string) string {
	var b []byte
	for _, u := range fs.EncodeName(s) {
		b = binary.BigEndian.AppendUint16(b, u)
	}
	return string(b)
}

// nm, ce and others are system use entries.
func susp(sig, data string) string { return sig + string(rune(4+len(data))) + "\x01" + data }

func pair32(v uint32) string {
	b := make([]byte, 8)
	both32(b, v)
	return string(b)
}

const sp = "SP\x07\x01\xbe\xef\x00"

// newImage is a disc with primary names, and Joliet or Rock Ridge if asked for.
func newImage(names Names) *image {
	m := &image{make([]byte, imageSectors*sectorSize)}
	m.descriptor(atPrimary, typePrimary, atRoot, 2*sectorSize)
	copy(m.sector(atPrimary)[40:], "TEST                            ")
	for i := range 8 * sectorSize {
		m.b[atData*sectorSize+i] = byte(i/sectorSize)<<4 | byte(i%13)
	}
	end := atJoliet
	if names == Joliet {
		end = atEnd
		m.descriptor(atJoliet, typeSupplementary, atJolietRoot, sectorSize)
		copy(m.sector(atJoliet)[88:], "%/E")
		copy(m.sector(atJoliet)[40:], ucs2("Tést            "))
		m.dir(atJolietRoot, atJolietRoot, "", rec(ucs2("Grüße \U0001f600.txt;1"), atData, 5, 0, ""), rec(ucs2("a folder"), atJolietSub, sectorSize, flagDirectory, ""))
		m.dir(atJolietSub, atJolietRoot, "")
	}
	m.descriptor(end, typeTerminator, 0, 0)
	use, fileUse := "", ""
	if names == RockRidge {
		use = sp
		fileUse = susp("NM", "\x01Long ") + susp("CE", pair32(atMore)+pair32(8)+pair32(16))
		copy(m.sector(atMore)[8:], susp("NM", "\x00name.tx")+susp("ST", ""))
	}
	m.dir(atRoot, atRoot, use,
		rec("FILE.TXT;1", atData, 3000, 0, fileUse),
		rec("HIDDEN.;1", atData, 1, flagHidden, ""),
		rec("OLD.TXT;3", atData+1, 10, 0, ""), rec("OLD.TXT;2", atData, 10, 0, ""),
		rec("SUB", atSub, sectorSize, flagDirectory, ""))
	// The first sector of the root has a gap at its end.
	second := m.sector(atRoot + 1)
	for _, r := range [][]byte{
		rec("BIG.DAT;1", atData+2, sectorSize, flagMore, ""), rec("BIG.DAT;1", atData+5, 100, 0, ""),
		rec("FORK;1", atData, 10, flagAssociated, ""), rec("NULL;1", 0xfffffff0, 0, 0, ""),
	} {
		second = second[copy(second, r):]
	}
	var inSub [][]byte
	if names == RockRidge {
		inSub = append(inSub, rec("LINK;1", 0, 0, 0, susp("NM", "\x00a link")+susp("SL", "\x00\x00\x03xyz")),
			rec("PACKED;1", atData, 50, 0, susp("ZF", "pz\x04\x0f"+pair32(99))),
			rec("FAR;1", 0, 0, 0, susp("NM", "\x00far away")+susp("CL", pair32(atMoved))),
			rec("MOVED", atMoved, sectorSize, flagDirectory, susp("RE", "")))
		m.dir(atMoved, atSub, "", rec("IN.TXT;1", atData, 4, 0, ""))
	}
	m.dir(atSub, atRoot, "", append(inSub, rec("DEEP", atDeep, sectorSize, flagDirectory, ""))...)
	m.dir(atDeep, atSub, "", rec("LAST.TXT;1", atData+7, sectorSize, 0, ""))
	return m
}

func (m *image) open(t testing.TB) *Volume {
	t.Helper()
	v, err := Open(blocktest.NewMem(m.b, sectorSize))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func content(v *Volume, path string) ([]byte, error) {
	f, err := v.Open(path)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(f, 0, 1<<20))
}
