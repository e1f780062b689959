"""Files for the desk: workbook, map layers, pictures, document, slides."""
