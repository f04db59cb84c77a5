package condition

import (
	"context"

	"github.com/bootmend/bootmend/initramfs/inspect"
)

// Windows 8 and later has the driver for its disk controller, but its driver
// database does not give it the device.
//
// Seen as: STOP 0x0000007B INACCESSIBLE_BOOT_DEVICE after a driver was copied
// and its service made by hand, or by a tool for older Windows: the critical
// device database is no longer read.
// Evidence: DriverDatabase of the SYSTEM hive, followed from the device's ids over
// INF, package and configuration to the service.
// Fix: a package of our own in the database, which serves all control sets, as
// virt-v2v makes one; services and files are completed with it.
var driverDatabaseMissing = Condition{
	ID:     "driver-database-missing",
	Title:  "The driver database does not give the disk controller to its driver",
	InHive: true,
	Detect: func(_ context.Context, p *inspect.Patient) []Finding {
		return unbound(p, "driver-database-missing", true)
	},
	Fix: fixByInjection,
}
