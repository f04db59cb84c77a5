package pid1

import "testing"

func TestRemoteKeys(t *testing.T) {
	for _, c := range []struct {
		options       []string
		builtIn, want string
	}{
		{nil, "", ""}, {nil, "ssh-ed25519 A me\n", "ssh-ed25519 A me\n"}, {[]string{"image"}, "", ""},
		{[]string{"image", "", "AAAA,BBBB"}, "ssh-ed25519 A me\n", "AAAA,BBBB\nssh-ed25519 A me\n"},
	} {
		if got := remoteKeys(c.options, c.builtIn); got != c.want {
			t.Errorf("remoteKeys(%q, %q) = %q, want %q", c.options, c.builtIn, got, c.want)
		}
	}
}
