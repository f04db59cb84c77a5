package guests

import (
	"fmt"
	"path/filepath"
)

// Around is the guest of that name with the SYSTEM hive replaced by the hive
// file, normally a real one, and the given transaction logs beside it. The
// disk gets the identity that the hive knows, and the tree the driver files that
// it names. What the description expects is dropped: it spoke of the synthetic
// hive.
func Around(name, hive string, logs ...string) (*Guest, error) {
	g, err := Load(name)
	if err != nil {
		return nil, err
	}
	return g.around(hive, logs...)
}

func (g *Guest) around(hive string, logs ...string) (*Guest, error) {
	hive, err := filepath.Abs(hive)
	if err != nil {
		return nil, err
	}
	number, e := g.SystemHive()
	if e == nil {
		return nil, fmt.Errorf("guest %s has no SYSTEM hive", g.Name)
	}
	if fitted, err := g.fit(number, hive); err == nil {
		g = fitted // a damaged hive says nothing of its disk
	}
	g = g.With(number, Entry{Kind: Hive, Path: e.Path, Arg: hive, Prefix: e.Prefix})
	for i, log := range logs {
		if log, err = filepath.Abs(log); err != nil {
			return nil, err
		}
		g = g.With(number, Entry{Kind: Hive, Path: fmt.Sprintf("%s.LOG%d", e.Path, i+1), Arg: log})
	}
	g.Name = "real-" + g.Name
	g.Broken, g.Healthy = nil, nil
	return g, nil
}

// SystemHive returns the partition and entry of the SYSTEM hive of the first
// Windows of the guest.
func (g *Guest) SystemHive() (int, *Entry) {
	for _, root := range []string{`\WINDOWS`, `\WINNT`, `\ReactOS`} {
		if n, e := g.Find(0, root+`\system32\config\system`); e != nil {
			return n, e
		}
	}
	return 0, nil
}
