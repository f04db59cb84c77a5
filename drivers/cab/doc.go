// Package cab reads Microsoft cabinets: stored, MSZIP and LZX folders, sets of
// several cabinets, reserved areas, signed cabinets, and cabinets that lie in
// other files, as in self-extracting programs.
//
//	c, err := cab.Open(r, size, cab.Options{})
//	for _, f := range c.Files {
//		if !wanted(f.Name) { continue }
//		data, err := c.Open(f)  // an io.Reader, valid until the next Open
//	}
//
// Listing decompresses nothing. Files of a folder are compressed together: who
// opens them in the order of Files decompresses each folder once, and folders
// without wanted files not at all. Memory is bounded by the tables that are
// really in the file and one window (at most 4 MiB, for LZX).
//
// Sizes, offsets and names are what the file says: names may be absolute or
// have ".." in them, and files may overlap. A file of 4 GiB may come out of a
// small cabinet; who extracts sets the limit.
//
// Sources: MS-CAB (learn.microsoft.com/openspecs); the behaviour of cabextract
// where that is silent: a block of a set that says 0 plain bytes goes on in the next
// cabinet, checksums may leave the reserved area out.
//
// Not supported: Quantum (ErrMethod), writing. Cabinets within cabinets (MSU)
// and Intra-Package Delta are the caller's.
package cab
