package damage

import "os"

// cutImage ends the image in the middle of the Windows partition.
func cutImage(t target) error {
	return os.Truncate(t.image, t.part.Start+t.part.Size/2)
}
