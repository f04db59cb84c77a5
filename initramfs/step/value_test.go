package step

import (
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

func TestDataString(t *testing.T) {
	for _, tt := range []struct {
		data *Data
		want string
	}{
		{nil, "nothing"},
		{DWORD(3), "3"},
		{&Data{regf.RegSZ, registry.SZ(`system32\x.sys`)}, `"system32\\x.sys"`},
		{&Data{regf.RegSZ, registry.SZ("")}, `""`},
		{&Data{regf.RegExpandSZ, registry.SZ("a")}, `expandable "a"`},
		{&Data{regf.RegMultiSZ, registry.MultiSZ("a", "b c")}, `list ["a" "b c"]`},
		{&Data{regf.RegMultiSZ, registry.MultiSZ()}, `list [""]`},
		{&Data{regf.RegSZ, []byte{'a', 0}}, "61 00"},                           // without its end
		{&Data{regf.RegSZ, []byte{'a', 0, 0, 0, 'b', 0}}, "61 00 00 00 62 00"}, // more behind it
		{&Data{regf.RegBinary, []byte{1, 0xff}}, "01 ff"},
	} {
		if got := tt.data.String(); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.data, got, tt.want)
		}
	}
}
