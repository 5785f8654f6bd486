enum WorkbenchMain {}
