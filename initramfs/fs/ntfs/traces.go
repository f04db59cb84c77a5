package ntfs

// dropTraces removes what the files of \$Extend know of a file that is
// deleted, or refuses.
func (c *change) dropTraces(f *editFile) error {
	const attrObjectID attrType = 0x40
	if f.find(attrObjectID, nil) != nil {
		return unsupported(f.what(), "deleting a file with an object ID")
	}
	if f.find(attrReparsePoint, nil) != nil {
		return unsupported(f.what(), "deleting a reparse point")
	}
	return nil
}
