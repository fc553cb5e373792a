"""When what runs by itself: schedules, their slots, triggers, and who runs them."""
