package fat

import "strings"

// Label is the name of the volume: the label entry of the root directory, which
// is the one that Windows shows. Without one it is "".
func (v *Volume) Label() (string, error) {
	o := v.begin()
	root, err := o.find(`\`)
	if err != nil {
		return "", err
	}
	d, err := o.openDir(root)
	if err != nil {
		return "", err
	}
	for i := range d.slots() {
		e := d.slot(i)
		if e[0] == slotEnd {
			break
		}
		if e[0] != slotDeleted && !e.isLong() && e.isLabel() {
			return strings.TrimRight(decodeOEM(e[:11]), " "), nil
		}
	}
	return "", nil
}
