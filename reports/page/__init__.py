"""What the HTML report is made of: its template, style, script, and the geometry of its plots."""
