package logfile

// onMFT: operations whose target is a file record.
func onMFT(o Op) bool {
	switch o {
	case InitializeFileRecordSegment, DeallocateFileRecordSegment, WriteEndOfFileRecordSegment, CreateAttribute, DeleteAttribute,
		UpdateResidentValue, UpdateMappingPairs, SetNewAttributeSizes, AddIndexEntryRoot, DeleteIndexEntryRoot, SetIndexEntryVcnRoot,
		UpdateFileNameRoot, UpdateRecordDataRoot, ZeroEndOfFileRecord:
		return true
	}
	return false
}

// onIndex: operations whose target is an index block.
func onIndex(o Op) bool {
	switch o {
	case AddIndexEntryAllocation, DeleteIndexEntryAllocation, WriteEndOfIndexBuffer, SetIndexEntryVcnAllocation,
		UpdateFileNameAllocation, UpdateRecordDataAllocation:
		return true
	}
	return false
}

// changesPage: operations that change what is on the volume.
func changesPage(o Op) bool {
	return onMFT(o) || onIndex(o) || o == UpdateNonResidentValue || o == SetBitsInNonResidentBitMap || o == ClearBitsInNonResidentBitMap
}

// known: operations that we understand. The others have not been seen in a real
// log, or their effect is not public.
func known(o Op) bool {
	switch o {
	case HotFix, op35, op36:
		return false
	}
	return o <= ZeroEndOfFileRecord
}
