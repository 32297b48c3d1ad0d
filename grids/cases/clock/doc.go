// Package clock says by when a case must be dealt with and how much of that
// time is used. Start with [ForCity], which makes a city's [Calendar], and with
// [NewTable], which finds the limit of a case; [Table.Start] gives the [Run]
// that is stored with the case.
//
//	08:00        12:00   14:00        18:00
//	  ├────────────┤       ├────────────┤     a working day: 8 working hours
//	  ▲ start 11:00  1 h ─┘ ▲ +3 h = 17:00    4 work_hour, due 17:00
//
// Working hours and days count only 8–12 and 14–18 by the city's clocks on
// working days; a working day is 8 working hours. Urgent hours, urgent days (24
// hours) and natural days (24 hours) never stop.
//
// Conventions, each with a test:
//   - A time is a whole second; parts of one are dropped.
//   - Due is the first instant at which the limit is used up. What is used up
//     at 18:00 is due at 18:00, not at the next opening, and what starts outside
//     working hours starts to count at the next opening. A limit of zero is due
//     at its start.
//   - Closed at the due time is in time; one second later is not, also where no
//     working second lies between.
//   - The lamp is green up to 80 % of the limit, yellow up to the due time, red
//     after it.
//   - Where clocks are put back during working hours both passes count, where
//     they are put forward the missing hour does not: what counts is real time.
//   - Outside the calendar's years only weekends are known; a deadline that
//     touches such a year says so.
//
// Calendar, Table and Limit never change. A deadline costs two binary searches
// in the working time summed up from 1990 to 2069, some 0.2 µs, and allocates
// nothing; a calendar costs 1 MB.
package clock
