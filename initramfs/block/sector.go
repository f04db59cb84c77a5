package block

// withSector is a Device that claims another logical sector size.
type withSector struct {
	Device
	size int
}

func (d withSector) SectorSize() int { return d.size }

// WithSectorSize returns dev with another logical sector size. An image file
// does not say which one its disk had; its partition table does.
func WithSectorSize(dev Device, size int) Device {
	if dev.SectorSize() == size {
		return dev
	}
	return withSector{dev, size}
}
