package catalogtest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/catalog"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

func load(t *testing.T) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// compare returns how many values of a service are as in the hive, and what is
// not. A service that Setup left disabled (XP) has neither path nor parameters;
// Start is the hive's own business.
func compare(t *testing.T, r real, v catalog.Service, s *registry.Service) (same int, bad []string) {
	t.Helper()
	check := func(what string, catalog, hive any, equal bool) {
		if equal {
			same++
		} else {
			bad = append(bad, fmt.Sprintf("%s is %v, the hive says %v", what, catalog, hive))
		}
	}
	check("Type", v.Type, s.Type, v.Type == s.Type)
	check("ErrorControl", v.ErrorControl, s.ErrorControl, v.ErrorControl == s.ErrorControl)
	check("Group", v.Group, s.Group, strings.EqualFold(v.Group, s.Group))
	if v.HasTag {
		check("Tag", v.Tag, s.Tag, s.HasTag && v.Tag == s.Tag)
	}
	if s.ImagePath == "" {
		return same, bad
	}
	path := strings.TrimPrefix(strings.ToLower(s.ImagePath), `\systemroot\`)
	check("ImagePath", v.ImagePath, s.ImagePath, path == strings.ToLower(v.ImagePath))
	key, err := r.system.Hive.Key(s.KeyPath)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range v.Params {
		typ, data, err := read(key, p)
		if err != nil {
			bad = append(bad, err.Error())
			continue
		}
		check(p.Key+" "+p.Name, fmt.Sprintf("%d:% x", p.Type, p.Data), fmt.Sprintf("%d:% x", typ, data), typ == p.Type && bytes.Equal(data, p.Data))
	}
	return same, bad
}

func read(key *regf.Key, p catalog.Value) (uint32, []byte, error) {
	for name := range strings.SplitSeq(p.Key, `\`) {
		if name == "" {
			continue
		}
		var err error
		if key, err = key.Subkey(name); err != nil {
			return 0, nil, err
		}
	}
	v, err := key.Value(p.Name)
	if err != nil {
		return 0, nil, errors.Join(fmt.Errorf("value %s of %s", p.Name, p.Key), err)
	}
	data, err := v.Data()
	return uint32(v.Type()), data, err
}
