package condition

import "testing"

func TestNames(t *testing.T) {
	for name, want := range map[string]bool{
		"boot-driver-file-missing": true, "boot-driver-file-missing:oldav": true, "boot-driver-file-missing:a:b": true,
		"boot-driver-file-missing:": false, "hive-missing": true, "hive-missing:x": false, "no-such": false, "no-such:x": false, "": false,
	} {
		c, ok := ByName(name)
		if ok != want {
			t.Errorf("%q is known: %v", name, ok)
		}
		if ok && c.Detect == nil {
			t.Errorf("%q gives no condition", name)
		}
	}
	one, all := Finding{ID: "a", Subject: "OldAV"}, Finding{ID: "a"}
	for _, tt := range []struct {
		f    Finding
		name string
		want bool
	}{{one, "a", true}, {one, "a:oldav", true}, {one, "a:old", false}, {one, "b", false}, {one, "A", false}, {all, "a", true}, {all, "a:oldav", false}} {
		if got := tt.f.IsNamed([]string{"x", tt.name}); got != tt.want {
			t.Errorf("%q names %q: %v", tt.name, tt.f.Name(), got)
		}
	}
	if one.Key() == all.Key() || one.Key() != (Finding{ID: "a", Subject: "oldav"}).Key() {
		t.Error("keys")
	}
}

func TestOnly(t *testing.T) {
	for subject, want := range map[string]string{
		"": "--only a", "oldav": "--only a:oldav", "Old AV": "--only 'a:Old AV'", "$x": "--only 'a:$x'", `x"y`: "--only a", "x,y": "--only a", "x'y": "--only a",
	} {
		if got := (Finding{ID: "a", Subject: subject}).Only(); got != want {
			t.Errorf("%q: %s; want %s", subject, got, want)
		}
	}
}
