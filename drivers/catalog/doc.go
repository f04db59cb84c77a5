// Package catalog knows which of the drivers that Windows brings along (inbox
// drivers) serves which storage controller, in which Windows.
//
// The knowledge is data, in inbox.txt, each line with its source. It is the
// second witness: the first is the installation itself, whose registry binds
// device ids to services (CriticalDeviceDatabase before Windows 8,
// DriverDatabase since).
//
// Not here yet: drivers that do not come with Windows, where the files of
// inbox drivers lie outside system32\drivers.
package catalog
