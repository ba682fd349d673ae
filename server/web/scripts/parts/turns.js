// Lets only so many go on at a time; each is given a function to call when its turn is over.
export class Turns {
  waiting = [];
  busy = 0;

  constructor(most) {
    this.most = most;
  }

  take(begin) {
    this.waiting.push(begin);
    this.next();
  }

  leave(begin) {
    this.waiting = this.waiting.filter((each) => each !== begin);
  }

  next() {
    while (this.busy < this.most && this.waiting.length) {
      let over = false;
      this.busy += 1;
      this.waiting.shift()(() => {
        if (over) return;
        over = true;
        this.busy -= 1;
        this.next();
      });
    }
  }
}
