"""What stations and their devices send about what they aired: texts and bytes in, values out."""
