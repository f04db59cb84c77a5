package hivefile

import (
	"encoding/binary"
	"io"
	"path"
	"strings"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
)

// Mirror is the new content of the .ALT file of Windows NT 4.0 and 2000, Size
// bytes long: the edited hive, with the type that the base block of the old
// mirror has. Nil where there is no mirror.
func (c *Change) Mirror(logs []hivelog.Log) (content io.ReaderAt, name string, err error) {
	const typeOff, sumOff = 0x1c, 0x1fc // in the base block
	for _, l := range logs {
		old, head := make([]byte, 512), make([]byte, 512)
		if !strings.EqualFold(path.Ext(l.Name), ".ALT") || l.Size < int64(len(old)) {
			continue
		}
		if _, err := l.R.ReadAt(old, 0); err != nil {
			return nil, "", err
		}
		if string(old[:4]) != "regf" {
			continue // not a mirror; it is left alone
		}
		if _, err := c.Content().ReadAt(head, 0); err != nil {
			return nil, "", err
		}
		copy(head[typeOff:typeOff+4], old[typeOff:])
		binary.LittleEndian.PutUint32(head[sumOff:], regf.Checksum(head))
		return mirror{c.Content(), head}, l.Name, nil
	}
	return nil, "", nil
}

// mirror is a hive with another first sector.
type mirror struct {
	io.ReaderAt
	head []byte
}

func (m mirror) ReadAt(p []byte, off int64) (int, error) {
	n, err := m.ReaderAt.ReadAt(p, off)
	if off < int64(len(m.head)) {
		copy(p[:n], m.head[off:])
	}
	return n, err
}
