package block

// unreadable is a disk that could not be opened.
type unreadable struct{ err error }

// Unreadable stands for a disk that is there but could not be opened: every
// access gives err. It keeps the disk in the report.
func Unreadable(err error) Device { return unreadable{err} }

func (u unreadable) ReadAt([]byte, int64) (int, error)  { return 0, u.err }
func (u unreadable) WriteAt([]byte, int64) (int, error) { return 0, u.err }
func (u unreadable) Flush() error                       { return u.err }
func (u unreadable) Size() int64                        { return 0 }
func (u unreadable) SectorSize() int                    { return 512 }
